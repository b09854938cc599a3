"""What the floors above know of a member, written down by them through these."""

from datetime import datetime

from django.db import connection
from django.db.models import F

from members.models import MemberFacts
from shop.core.db import in_transaction, joining_transaction
from shop.core.prepared import Prepared

_COUNT_ORDER = Prepared("""
INSERT INTO members_memberfacts AS facts (member_id, orders_paid, total_spent, first_paid_at, last_paid_at)
VALUES (%(member)s, 1, %(amount)s, %(paid_at)s, %(paid_at)s)
ON CONFLICT (member_id) DO UPDATE SET
    orders_paid = facts.orders_paid + 1,
    total_spent = facts.total_spent + excluded.total_spent,
    first_paid_at = least(facts.first_paid_at, excluded.first_paid_at),
    last_paid_at = greatest(facts.last_paid_at, excluded.last_paid_at)
""")


@joining_transaction
def record_paid_order(*, member_id: int, amount: int, paid_at: datetime) -> None:
    """Count one paid order of ``amount`` fen.

    Call it once for each order, in the transaction that makes it paid or in the handler of that event.
    Locks the member's facts; safe when many orders of one member are paid at once and out of order.
    """
    if amount < 0:
        raise ValueError("A paid order is worth 0 fen or more.")
    with connection.cursor() as cursor:
        _COUNT_ORDER.run(cursor, {"member": member_id, "amount": amount, "paid_at": paid_at})


@in_transaction
def record_refund(*, member_id: int, amount: int, whole_order: bool) -> None:
    """Take ``amount`` fen back from what was spent; ``whole_order`` also takes back the order itself.

    A member whose only order went back whole is a newcomer again. Call it once for each refund.
    """
    if amount < 0:
        raise ValueError("A refund is worth 0 fen or more.")
    MemberFacts.objects.filter(pk=member_id).update(
        orders_paid=F("orders_paid") - (1 if whole_order else 0), total_spent=F("total_spent") - amount
    )
