"""Demonstration data of the points room: what earns points to begin with."""

from members.points.models import RewardKind, RewardRule
from shop.core.db import in_transaction

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
    """Put some rules in force in a shop that has none; safe to repeat."""
    if RewardRule.objects.exists():
        return "0 earning rules"
    RewardRule.objects.bulk_create(
        RewardRule(kind=kind, points=points, growth=growth, times_per_day=times)
        for kind, points, growth, times in _RULES
    )
    return f"{len(_RULES)} earning rules"
