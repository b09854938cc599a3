"""Demonstration data of the tiers: a ladder to begin with."""

from members.tiers.models import Tier, TierGift
from shop.core.actors import Actor
from shop.core.db import in_transaction
from shop.core.runtime import set_value

_OWNER = Actor.system("demo")


@in_transaction
def load_tiers() -> str:
    """Put up a ladder in a shop that has none, and switch tiers on; safe to repeat."""
    if Tier.objects.exists():
        return "0 tiers"
    Tier.objects.create(name="普通会员", level=1, description="注册即享。")
    silver = Tier.objects.create(
        name="银卡会员",
        level=2,
        from_growth=500,
        from_spent=50_000,
        keep_months=12,
        grace_days=7,
        discount_permille=980,
        free_shipping=Tier.FreeShipping.MONTHLY,
        free_shipping_times=2,
        points_permille=1_200,
    )
    gold = Tier.objects.create(
        name="金卡会员",
        level=3,
        from_growth=2_000,
        from_spent=200_000,
        keep_months=12,
        keep_spent=100_000,
        grace_days=7,
        discount_permille=950,
        free_shipping=Tier.FreeShipping.ALWAYS,
        points_permille=1_500,
        member_day=Tier.MemberDay.MONTHLY,
        member_day_number=8,
        member_day_discount_permille=900,
        early_access_minutes=30,
        service_contact="金卡专属客服：工作日 9:00–21:00",
    )
    TierGift.objects.bulk_create(
        [
            TierGift(tier=silver, occasion=TierGift.Occasion.LEVEL_UP, money=500),
            TierGift(tier=silver, occasion=TierGift.Occasion.BIRTHDAY, points=100),
            TierGift(tier=gold, occasion=TierGift.Occasion.LEVEL_UP, money=2_000),
            TierGift(tier=gold, occasion=TierGift.Occasion.BIRTHDAY, money=1_000, points=200),
            TierGift(tier=gold, occasion=TierGift.Occasion.MONTHLY, points=100),
        ]
    )
    set_value(actor=_OWNER, name="tiers_enabled", value=True)
    return "3 tiers"
