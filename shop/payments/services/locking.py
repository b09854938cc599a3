"""The locks of a payment, always in the same order: payable, payment, attempt."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from shop.core.db import lock_row
from shop.core.errors import NotFound
from shop.core.prepared import Prepared
from shop.core.rows import find_rows
from shop.payments.models import Payment, PaymentAttempt
from shop.payments.ports import Due, PayableHandler
from shop.payments.registry import payable_handler

_PLACE = Prepared("""
SELECT attempt.id, payment.id, payment.payable_kind, payment.payable_number, payment.part
FROM payments_paymentattempt AS attempt JOIN payments_payment AS payment ON payment.id = attempt.payment_id
WHERE attempt.id = %s OR attempt.out_trade_no = %s
""")


@dataclass(frozen=True)
class Locked:
    """An attempt with everything above it, locked and freshly read.

    ``payments`` are all payments of the same due and ``attempts`` all their numbers, this one's included.
    """

    handler: PayableHandler
    due: Due
    payment: Payment
    attempt: PaymentAttempt
    payments: Sequence[Payment]
    attempts: Sequence[PaymentAttempt]


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


def _place(*, attempt_id: int | None = None, out_trade_no: str = "") -> tuple[int, int, str, str, str] | None:
    """Return the ids of an attempt and its payment, and kind and number of the payable with the part."""
    with connection.cursor() as cursor:
        _PLACE.run(cursor, [attempt_id, out_trade_no])
        found: tuple[int, int, str, str, str] | None = cursor.fetchone()
    return found


def _lock(attempt_id: int, payment_id: int, kind: str, number: str, part: str) -> Locked:
    handler = payable_handler(kind)
    due = handler.lock(number)
    payments = find_rows(Payment, lock=True, payable_kind=kind, payable_number=number, part=part)
    attempts = find_rows(PaymentAttempt, lock=True, payment=[payment.pk for payment in payments])
    payment = next((row for row in payments if row.pk == payment_id), None)
    attempt = next((row for row in attempts if row.pk == attempt_id), None)
    if payment is None or attempt is None:
        raise NotFound
    return Locked(handler, due, payment, attempt, payments, attempts)


def lock_payment(*, payment_id: int) -> tuple[PayableHandler, Due, Payment]:
    """Lock payable and payment in the open transaction."""
    kind, number = Payment.objects.values_list("payable_kind", "payable_number").get(pk=payment_id)
    handler = payable_handler(kind)
    due = handler.lock(number)
    return handler, due, lock_row(Payment.objects.filter(pk=payment_id))
