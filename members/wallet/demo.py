"""Demonstration data of the wallet: recharge packages to begin with."""

from members.wallet.models import RechargePackage
from shop.core.db import in_transaction

_PACKAGES = (
    ("充 100 元", 10_000, 0),
    ("充 300 元送 20 元", 30_000, 2_000),
    ("充 500 元送 50 元", 50_000, 5_000),
)


@in_transaction
def load_packages() -> str:
    """Offer some packages in a shop that has none; safe to repeat."""
    if RechargePackage.objects.exists():
        return "0 recharge packages"
    RechargePackage.objects.bulk_create(
        RechargePackage(name=name, price=price, gift_money=gift, position=position)
        for position, (name, price, gift) in enumerate(_PACKAGES)
    )
    return f"{len(_PACKAGES)} recharge packages"
