"""Sharing a product with a friend earns points. WeChat does not tell whether a card was really sent."""

from members.points.models import RewardKind
from members.points.services.granting import Granted, grant_rule
from members.services.locking import hold_member
from members.services.shelves import check_product
from shop.core import clock
from shop.core.db import in_transaction


@in_transaction
def record_share(*, member_id: int, product_id: int) -> Granted:
    """Give what sharing earns, once for a product and Beijing day and within the rule's caps; return it.

    Locks the points account, then growth. Raises ``NotFound`` for a product that shoppers do not see,
    ``TokenInvalid`` for a closed account.
    """
    hold_member(member_id=member_id)
    check_product(product_id)
    reference = f"{product_id}:{clock.today()}"
    return grant_rule(kind=RewardKind.SHARE, member_id=member_id, reference=reference)
