"""The locks of a payment, always in the same order: payable, payment, attempt."""

from dataclasses import dataclass

from django.db import connection

from shop.core.db import lock_row
from shop.core.errors import NotFound
from shop.core.rows import find_row
from shop.payments.models import Payment, PaymentAttempt
from shop.payments.ports import Due, PayableHandler
from shop.payments.registry import payable_handler

_PLACE = """
SELECT attempt.id, payment.id, payment.payable_kind, payment.payable_number
FROM payments_paymentattempt AS attempt JOIN payments_payment AS payment ON payment.id = attempt.payment_id
WHERE attempt.id = %s OR attempt.out_trade_no = %s
"""


@dataclass(frozen=True)
class Locked:
    """An attempt with everything above it, locked and freshly read."""

    handler: PayableHandler
    due: Due
    payment: Payment
    attempt: PaymentAttempt


def lock_attempt(*, attempt_id: int) -> Locked:
    """Lock payable, payment and attempt in the open transaction."""
    found = _place(attempt_id=attempt_id)
    if found is None:
        raise NotFound
    return _lock(*found)


def lock_number(out_trade_no: str) -> Locked | None:
    """As ``lock_attempt``, by what WeChat calls it; ``None`` for a number that is not ours."""
    found = _place(out_trade_no=out_trade_no)
    return None if found is None else _lock(*found)


def _place(*, attempt_id: int | None = None, out_trade_no: str = "") -> tuple[int, int, str, str] | None:
    """Return the ids of an attempt and its payment, and the kind and number of the payable."""
    with connection.cursor() as cursor:
        cursor.execute(_PLACE, [attempt_id, out_trade_no])
        found: tuple[int, int, str, str] | None = cursor.fetchone()
    return found


def _lock(attempt_id: int, payment_id: int, kind: str, number: str) -> Locked:
    handler = payable_handler(kind)
    due = handler.lock(number)
    payment = find_row(Payment, lock=True, id=payment_id)
    attempt = find_row(PaymentAttempt, lock=True, id=attempt_id)
    if payment is None or attempt is None:
        raise NotFound
    return Locked(handler, due, payment, attempt)


def lock_payment(*, payment_id: int) -> tuple[PayableHandler, Due, Payment]:
    """Lock payable and payment in the open transaction."""
    kind, number = Payment.objects.values_list("payable_kind", "payable_number").get(pk=payment_id)
    handler = payable_handler(kind)
    due = handler.lock(number)
    return handler, due, lock_row(Payment.objects.filter(pk=payment_id))
