"""What time itself brings about."""

from shop.core import clock
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_rows
from shop.payments import rules
from shop.payments.errors import AlreadyPaid
from shop.payments.models import Payment
from shop.payments.registry import payable_handler
from shop.payments.services.closing import close_payable
from shop.payments.services.locking import lock_payment
from shop.payments.services.releasing import begin_closing, finish_closing

_SYSTEM = Actor.system("payments.expire")
BATCH = 200


def expire_payments() -> int:
    """Close payments whose time is over, at most ``BATCH``; return how many."""
    over = Payment.objects.filter(state=Payment.State.OPEN, expires_at__lte=clock.now())
    found = list(over.order_by("expires_at").values_list("payable_kind", "payable_number")[:BATCH])
    for kind, number in found:
        expire_payable(payable_kind=kind, payable_number=number)
    return len(found)


def expire_payable(*, payable_kind: str, payable_number: str) -> None:
    """Close a payable whose payment has expired; one whose time was extended is brought up to date
    instead."""
    try:
        if not _extended(payable_kind=payable_kind, payable_number=payable_number):
            close_payable(
                actor=_SYSTEM, payable_kind=payable_kind, payable_number=payable_number, reason="expired"
            )
    except AlreadyPaid:
        _drop_leftovers(payable_kind=payable_kind, payable_number=payable_number)


@in_transaction
def _extended(*, payable_kind: str, payable_number: str) -> bool:
    due = payable_handler(payable_kind).lock(payable_number)
    if due.expires_at is not None and due.expires_at <= clock.now():
        return False
    Payment.objects.filter(
        payable_kind=payable_kind, payable_number=payable_number, part=due.part, state=Payment.State.OPEN
    ).update(expires_at=due.expires_at)
    return True


@in_transaction
def _drop_leftovers(*, payable_kind: str, payable_number: str) -> None:
    """The payable was paid in another way: close what is still open without releasing it."""
    payable_handler(payable_kind).lock(payable_number)
    rows = Payment.objects.filter(
        payable_kind=payable_kind, payable_number=payable_number, state=Payment.State.OPEN
    )
    for payment in lock_rows(rows):
        begin_closing(payment, reason="paid")


def finish_closings() -> int:
    """Finish closings whose last number ended without anybody finishing them; return how many."""
    waiting = Payment.objects.filter(state=Payment.State.CLOSING).exclude(
        attempts__state__in=rules.ATTEMPT_LIVE
    )
    found = list(waiting.order_by("created_at").values_list("pk", flat=True)[:BATCH])
    return sum(_finish(payment_id=pk) for pk in found)


@in_transaction
def _finish(*, payment_id: int) -> bool:
    handler, due, payment = lock_payment(payment_id=payment_id)
    return finish_closing(handler, due, payment)
