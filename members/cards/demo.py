"""Demonstration data of the card room: cards to begin with."""

from members.cards.models import MemberCard
from shop.core import runtime
from shop.core.actors import Actor
from shop.core.db import in_transaction

_LOADER = Actor.system("demo")
_SERIES = "优享会员"
_TEXT = "全场商品 95 折，开卡即享。"
_CARDS = (
    ("优享体验卡", "trial", 0, None, 0, 0),
    ("优享月卡", "month", 1_500, 1_200, 200, 100),
    ("优享季卡", "quarter", 3_900, 3_500, 500, 300),
    ("优享年卡", "year", 12_800, 11_800, 2_000, 1_000),
)


@in_transaction
def load_cards() -> str:
    """Offer some cards in a shop that has none; safe to repeat."""
    if MemberCard.objects.exists():
        return "0 member cards"
    MemberCard.objects.bulk_create(
        MemberCard(
            name=name,
            kind=kind,
            series=_SERIES,
            price=price,
            renewal_price=renewal,
            discount_permille=950,
            opening_gift=opening,
            renewal_gift=gift,
            description=_TEXT,
            position=position,
        )
        for position, (name, kind, price, renewal, opening, gift) in enumerate(_CARDS)
    )
    runtime.set_value(actor=_LOADER, name="cards_enabled", value=True)
    return f"{len(_CARDS)} member cards"
