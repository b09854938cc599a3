"""What the floors above know of a member, written down by them through these."""

from datetime import datetime

from django.db.models import F, Value
from django.db.models.functions import Greatest, Least

from members.models import MemberFacts
from shop.core.db import in_transaction


@in_transaction
def record_paid_order(*, member_id: int, amount: int, paid_at: datetime) -> None:
    """Count one paid order of ``amount`` fen.

    Call it once for each order, in the transaction that makes it paid or in the handler of that event.
    Locks the member's facts; safe when many orders of one member are paid at once and out of order.
    """
    if amount < 0:
        raise ValueError("A paid order is worth 0 fen or more.")
    MemberFacts.objects.bulk_create([MemberFacts(member_id=member_id)], ignore_conflicts=True)
    MemberFacts.objects.filter(pk=member_id).update(
        orders_paid=F("orders_paid") + 1,
        total_spent=F("total_spent") + amount,
        first_paid_at=Least(F("first_paid_at"), Value(paid_at)),
        last_paid_at=Greatest(F("last_paid_at"), Value(paid_at)),
    )


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
