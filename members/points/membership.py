"""What the points room tells a member's export."""

from typing import Any

from members.points.models import PendingReward, PointsLot
from members.points.queries import growth_balance, growth_entries_of, points_balance, points_entries_of


def export_points(member_id: int) -> dict[str, Any]:
    """Export section: balances, lots, every movement, every reward of an order."""
    fields = ("amount", "balance_after", "reason", "reference", "created_at")
    lots = PointsLot.objects.filter(member_id=member_id).order_by("pk")
    rewards = PendingReward.objects.filter(member_id=member_id).order_by("pk")
    return {
        "points": points_balance(member_id),
        "growth": growth_balance(member_id),
        "lots": list(lots.values("source", "reference", "amount", "left", "expired", "expires_at")),
        "points_entries": list(points_entries_of(member_id).order_by("pk").values(*fields)),
        "growth_entries": list(growth_entries_of(member_id).order_by("pk").values(*fields)),
        "rewards": list(
            rewards.values(
                "reference", "points", "growth", "points_reversed", "growth_reversed", "state", "created_at"
            )
        ),
    }
