"""Tables of the points room, one story a file."""

from members.points.models.ledgers import (
    GROWTH,
    POINTS,
    GrowthAccount,
    GrowthEntry,
    PointsAccount,
    PointsEntry,
)
from members.points.models.lots import PointsDraw, PointsLot, PointsSpend
from members.points.models.mall import MallGoods, MallTally, Redemption
from members.points.models.rewards import PendingReward, RewardDay, RewardGrant, RewardKind, RewardRule

__all__ = [
    "GROWTH",
    "POINTS",
    "GrowthAccount",
    "GrowthEntry",
    "MallGoods",
    "MallTally",
    "PendingReward",
    "PointsAccount",
    "PointsDraw",
    "PointsEntry",
    "PointsLot",
    "PointsSpend",
    "Redemption",
    "RewardDay",
    "RewardGrant",
    "RewardKind",
    "RewardRule",
]
