"""Demonstration data of the points room: what earns points to begin with, and what they buy."""

from catalog.models import Product, Sku
from members.points.models import MallGoods, RewardKind, RewardRule
from shop.core import runtime
from shop.core.actors import Actor
from shop.core.db import in_transaction

_LOADER = Actor.system("demo")
_QUOTA = 50

_RULES = (
    (RewardKind.ORDER, 1, 1, None),
    (RewardKind.SIGN_UP, 100, 0, None),
    (RewardKind.PROFILE, 50, 10, None),
    (RewardKind.CHECK_IN, 5, 1, 1),
    (RewardKind.REVIEW, 20, 5, 5),
    (RewardKind.SHARE, 2, 0, 3),
    (RewardKind.INVITE, 100, 20, 10),
)


@in_transaction
def load_rules() -> str:
    """Put some rules in force in a shop that has none, and let points pay; safe to repeat."""
    if RewardRule.objects.exists():
        return "0 earning rules"
    RewardRule.objects.bulk_create(
        RewardRule(kind=kind, points=points, growth=growth, times_per_day=times)
        for kind, points, growth, times in _RULES
    )
    runtime.set_value(actor=_LOADER, name="points_deduction", value=True)
    return f"{len(_RULES)} earning rules"


@in_transaction
def load_mall() -> str:
    """Offer the two least expensive goods for points in a shop that offers none; safe to repeat.

    One costs points alone, the other half of its price in money.
    """
    if MallGoods.objects.exists():
        return "0 goods of the points mall"
    goods = Sku.objects.filter(
        is_active=True, product__state=Product.State.ON_SALE, product__is_virtual=False
    ).order_by("price", "pk")
    offers = [
        MallGoods(sku=sku, points=price - cash, cash=cash, quota=_QUOTA, limit_per_member=2, position=place)
        for place, sku in enumerate(goods[:2])
        for price in [max(2, sku.price)]
        for cash in [price // 2 * place]
    ]
    MallGoods.objects.bulk_create(offers)
    return f"{len(offers)} goods of the points mall"
