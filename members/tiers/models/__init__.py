"""Tables of the tiers room, one story a file."""

from members.tiers.models.shipping import FreeShippingMonth, FreeShippingUse
from members.tiers.models.standing import (
    CARD,
    EARNED,
    HAND,
    MemberTier,
    TierChange,
    TierGrant,
    TierIssue,
)
from members.tiers.models.tier import FULL_PRICE, GiftBundle, HolidayPack, SkuTierPrice, Tier, TierGift

__all__ = [
    "CARD",
    "EARNED",
    "FULL_PRICE",
    "HAND",
    "FreeShippingMonth",
    "FreeShippingUse",
    "GiftBundle",
    "HolidayPack",
    "MemberTier",
    "SkuTierPrice",
    "Tier",
    "TierChange",
    "TierGift",
    "TierGrant",
    "TierIssue",
]
