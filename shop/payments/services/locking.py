"""The locks of a payment, always in the same order: payable, payment, attempt."""

from dataclasses import dataclass

from shop.core.db import lock_row
from shop.payments.models import Payment, PaymentAttempt
from shop.payments.ports import Due, PayableHandler
from shop.payments.registry import payable_handler


@dataclass(frozen=True)
class Locked:
    """An attempt with everything above it, locked and freshly read."""

    handler: PayableHandler
    due: Due
    payment: Payment
    attempt: PaymentAttempt


def lock_attempt(*, attempt_id: int) -> Locked:
    """Lock payable, payment and attempt in the open transaction."""
    handler, due, payment = lock_payment(
        payment_id=PaymentAttempt.objects.values_list("payment_id", flat=True).get(pk=attempt_id)
    )
    return Locked(handler, due, payment, lock_row(PaymentAttempt.objects.filter(pk=attempt_id)))


def lock_payment(*, payment_id: int) -> tuple[PayableHandler, Due, Payment]:
    """Lock payable and payment in the open transaction."""
    kind, number = Payment.objects.values_list("payable_kind", "payable_number").get(pk=payment_id)
    handler = payable_handler(kind)
    due = handler.lock(number)
    return handler, due, lock_row(Payment.objects.filter(pk=payment_id))
