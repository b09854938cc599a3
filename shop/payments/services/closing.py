"""Closing: no new payment may begin, every number is asked for and closed, then the payable is released."""

from contextlib import suppress
from enum import StrEnum

from shop.core import audit
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_rows
from shop.core.errors import WechatBusy
from shop.payments import rules
from shop.payments.errors import AlreadyPaid
from shop.payments.models import Payment, PaymentAttempt
from shop.payments.ports import DueState
from shop.payments.registry import payable_handler
from shop.payments.services.releasing import begin_closing, close_now
from shop.payments.services.watching import watch_attempt


class Closing(StrEnum):
    """How far a closing has come."""

    CLOSED = "closed"
    CLOSING = "closing"


@in_transaction
def close_payable(*, actor: Actor, payable_kind: str, payable_number: str, reason: str) -> Closing:
    """Close whatever may still be paid for the payable's present due.

    Without any number that WeChat may know, the payable is released at once. Otherwise it is ``closing``
    until WeChat has confirmed each number's end; a job does the rest. Safe to repeat. ``reason`` is a short
    code (``member``, ``expired``). Locks payable and payment. Raises AlreadyPaid.
    """
    handler = payable_handler(payable_kind)
    due = handler.lock(payable_number)
    if due.state == DueState.PAID:
        raise AlreadyPaid
    if due.state == DueState.CLOSED:
        return Closing.CLOSED
    if actor.kind == "staff":
        audit.record(
            actor=actor,
            action="payments.close_payable",
            subject=(payable_kind, payable_number),
            reason=reason,
        )
    payment = _unsettled(payable_kind, payable_number, due.part)
    if payment is None or _closed_at_once(payment, reason):
        handler.release(number=payable_number, part=due.part, reason=reason)
        return Closing.CLOSED
    if due.state == DueState.OPEN:
        handler.start_closing(number=payable_number, part=due.part, reason=reason)
    return Closing.CLOSING


def _unsettled(payable_kind: str, payable_number: str, part: str) -> Payment | None:
    rows = lock_rows(
        Payment.objects.filter(
            payable_kind=payable_kind,
            payable_number=payable_number,
            part=part,
            state__in=[Payment.State.OPEN, Payment.State.CLOSING],
        )
    )
    return rows[0] if rows else None


def _closed_at_once(payment: Payment, reason: str) -> bool:
    """Close the payment if no number of it can be paid; otherwise leave the intention to close each."""
    if payment.state == Payment.State.OPEN:
        return not begin_closing(payment, reason=reason)
    if payment.attempts.filter(state__in=rules.ATTEMPT_LIVE).exists():
        return False
    close_now(payment)
    return True


def pursue_closing(*, payable_kind: str, payable_number: str) -> None:
    """Ask WeChat at once, instead of leaving it to the job, for a caller whose member waits.

    Call it after the transaction of ``close_payable``. Fails softly: what WeChat does not answer now, the job
    finds out.
    """
    waiting = PaymentAttempt.objects.filter(
        payment__payable_kind=payable_kind,
        payment__payable_number=payable_number,
        state__in=rules.ATTEMPT_LIVE,
        close_requested=True,
    )
    for pk in waiting.values_list("pk", flat=True):
        with suppress(WechatBusy):
            watch_attempt(attempt_id=pk, in_request=True)
