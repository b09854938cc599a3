"""What the card room says about closing an account, and about a member's export."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from members.cards.models import CardPurchase
from members.cards.queries import export_rows, purchases_of
from members.ports import OpenMatter

_OPEN = (CardPurchase.State.PENDING, CardPurchase.State.CLOSING, CardPurchase.State.REFUNDING)


def open_cards(member_id: int) -> Iterator[OpenMatter]:
    """Closing check: cards that may still be paid or are being paid back."""
    if purchases_of(member_id).filter(state__in=_OPEN).exists():
        yield OpenMatter("card", _("A card purchase is still open."))


def export_cards(member_id: int) -> dict[str, Any]:
    """Export section: every card the member had, and every purchase; amounts in fen."""
    fields = (
        "number",
        "card_name",
        "kind",
        "amount",
        "gift_money",
        "order_number",
        "state",
        "refunded",
        "created_at",
    )
    return {
        "periods": list(export_rows(member_id)),
        "purchases": list(purchases_of(member_id).order_by("pk").values(*fields)),
    }
