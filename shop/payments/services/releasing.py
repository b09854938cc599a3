"""The end of a closing, and what else must stop once a due is paid."""

from collections.abc import Sequence
from typing import Any

from shop.core import clock
from shop.core.outbox import publish
from shop.payments import rules
from shop.payments.events import PaymentClosed
from shop.payments.models import Payment, PaymentAttempt
from shop.payments.ports import Due, DueState, PayableHandler


def about(payment: Payment) -> dict[str, Any]:
    """Return what every payment event says."""
    return {
        "payment": payment.number,
        "payable_kind": payment.payable_kind,
        "payable_number": payment.payable_number,
        "part": payment.part,
        "member_id": payment.member_id,
        "amount": payment.amount,
    }


def finish_closing(handler: PayableHandler, due: Due, payment: Payment) -> bool:
    """Close the payment and release its payable once no number can be paid any more; say whether it was done.

    The caller holds the locks of payable and payment. Only a payable that is itself closing is released:
    one that was paid in another way has only this leftover closed.
    """
    if payment.state != Payment.State.CLOSING:
        return False
    if payment.attempts.filter(state__in=rules.ATTEMPT_LIVE).exists():
        return False
    close_now(payment)
    if due.state == DueState.CLOSING:
        handler.release(number=payment.payable_number, part=payment.part, reason=payment.closing_reason)
    return True


def close_now(payment: Payment) -> None:
    """Close a payment none of whose numbers can be paid; the caller holds its lock."""
    payment.state = Payment.State.CLOSED
    payment.closed_at = clock.now()
    payment.save()
    publish(PaymentClosed(**about(payment), reason=payment.closing_reason))


def begin_closing(payment: Payment, *, reason: str) -> list[int]:
    """Write the intention to close every number that can still be paid; return those attempts.

    The caller holds the locks of payable and payment. With nothing to close the payment is closed at once.
    """
    payment.closing_reason = reason
    live = list(payment.attempts.filter(state__in=rules.ATTEMPT_LIVE).values_list("pk", flat=True))
    if not live:
        close_now(payment)
        return []
    payment.state = Payment.State.CLOSING
    payment.save()
    PaymentAttempt.objects.filter(pk__in=live).update(close_requested=True, due_at=clock.now(), looks=0)
    return live


def stop_siblings(
    payment: Payment, *, payments: Sequence[Payment], attempts: Sequence[PaymentAttempt]
) -> None:
    """Have every other number of a due that has just been paid closed; what is paid on one is a duplicate.

    ``payments`` and ``attempts`` are all of the due, as the caller has locked and changed them.
    """
    for sibling in payments:
        if sibling.state == Payment.State.OPEN and sibling.pk != payment.pk:
            begin_closing(sibling, reason="paid")
    watched = [attempt.pk for attempt in attempts if attempt.state in rules.ATTEMPT_WATCHED]
    if watched:
        PaymentAttempt.objects.filter(pk__in=watched).update(
            close_requested=True, due_at=clock.now(), looks=0
        )
