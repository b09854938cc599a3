"""What the wallet says about closing an account, and about a member's export."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from members.ports import OpenMatter
from members.wallet.models import Recharge
from members.wallet.queries import balance_of, entries_of, recharges_of

_OPEN = (Recharge.State.PENDING, Recharge.State.CLOSING, Recharge.State.REFUNDING)


def open_wallet(member_id: int) -> Iterator[OpenMatter]:
    """Closing check: money in the wallet, recharges that may still be paid or are being paid back."""
    if balance_of(member_id).total:
        yield OpenMatter("wallet", _("There is money in the wallet."))
    if recharges_of(member_id).filter(state__in=_OPEN).exists():
        yield OpenMatter("recharge", _("A recharge is still open."))


def export_wallet(member_id: int) -> dict[str, Any]:
    """Export section: balances, every movement, every recharge; amounts in fen."""
    balance = balance_of(member_id)
    fields = ("account", "amount", "balance_after", "reason", "reference", "created_at")
    return {
        "principal": balance.principal,
        "gift": balance.gift,
        "entries": list(entries_of(member_id).order_by("created_at", "id").values(*fields)),
        "recharges": list(
            recharges_of(member_id)
            .order_by("pk")
            .values(
                "number",
                "package_name",
                "amount",
                "gift_money",
                "opening_gift",
                "state",
                "refunded",
                "created_at",
            )
        ),
    }
