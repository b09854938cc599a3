"""What of a member counts for tiers."""

from members.models import MemberFacts
from members.points.queries import growth_balance
from members.tiers.rules import Facts


def facts_of(member_id: int) -> Facts:
    """Return a member's growth, spend in fen and paid orders; all 0 for one who never bought."""
    row = MemberFacts.objects.filter(pk=member_id).values_list("total_spent", "orders_paid").first()
    spent, orders = row or (0, 0)
    return Facts(growth_balance(member_id), spent, orders)
