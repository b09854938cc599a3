"""What tiers keep about a member, for the member's export."""

from typing import Any

from members.tiers.models import TierChange, TierIssue
from members.tiers.queries import current_tier


def export_tier(member_id: int) -> dict[str, Any]:
    """Export section: the tier, its history and the gifts that were given; money in fen."""
    tier = current_tier(member_id)
    changes = TierChange.objects.filter(member_id=member_id).order_by("pk")
    issues = TierIssue.objects.filter(member_id=member_id).order_by("pk")
    return {
        "tier": None if tier is None else tier.name,
        "history": list(changes.values("before__name", "after__name", "reason", "at")),
        "gifts": list(issues.values("kind", "occasion", "money", "points", "growth", "card", "at")),
    }
