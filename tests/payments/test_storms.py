"""Many at once: refunds never exceed what was captured; and what happens without the lock."""

import threading
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from django.db import IntegrityError

from shop.payments import jobs
from shop.payments.audit import audit_payments
from shop.payments.models import Payment, Refund
from shop.payments.services import refunds
from shop.payments.services.closing import close_payable
from shop.payments.services.confirm import confirm_attempt
from shop.payments.services.refunds import RefundTicket, request_refund
from tests.payments.shopper import SYSTEM, Shopper, cash, facts, in_threads, payment_of, reported
from tests.payments.staff import staff
from tests.shopfloor.payable import KIND

Shift = Callable[[float], None]


def outcomes(results: list[object]) -> Counter[str]:
    return Counter(type(result).__name__ for result in results)


def test_fifty_refunds_at_once_never_exceed_what_was_captured(shopper: Shopper, shift_clock: Shift) -> None:
    payment = shopper.paid()
    number = count()

    def ask() -> RefundTicket:
        return request_refund(
            actor=SYSTEM, payment_number=payment.number, amount=30, reason="r", reference=f"s{next(number)}"
        )

    results = in_threads(50, ask)

    assert outcomes(results) == Counter(RefundTicket=33, RefundExceedsPayment=17)
    assert facts(payment) == ("paid", "kept", 1000, 990, 0)
    assert sum(Refund.objects.values_list("amount", flat=True)) == 990


def test_without_the_lock_fifty_refunds_promise_too_much(
    shopper: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: everybody reads before anybody writes, and the sum of the rows runs away."""
    payment = shopper.paid()
    number = count()
    everybody_has_read = threading.Barrier(50)

    def unlocked(queryset: Any) -> Any:
        row = queryset.get()
        everybody_has_read.wait(timeout=30)
        return row

    monkeypatch.setattr(refunds, "lock_row", unlocked)

    def ask() -> RefundTicket:
        return request_refund(
            actor=SYSTEM, payment_number=payment.number, amount=30, reason="r", reference=f"s{next(number)}"
        )

    results = in_threads(50, ask)

    assert outcomes(results) == Counter(RefundTicket=50)
    assert sum(Refund.objects.values_list("amount", flat=True)) == 1500
    assert {finding.kind for finding in audit_payments()} == {"refund_committed"}


def test_the_database_has_the_last_word(shopper: Shopper) -> None:
    payment = shopper.paid()

    for wrong in ({"refund_committed": 1001}, {"refunded": 1}, {"captured": 0}, {"refund_committed": -1}):
        with pytest.raises(IntegrityError):
            Payment.objects.filter(pk=payment.pk).update(**wrong)

    assert facts(payment) == ("paid", "kept", 1000, 0, 0)


def test_two_clerks_press_refund_together(shopper: Shopper) -> None:
    payment = shopper.paid()
    clerks = [staff("one", "payments.refund_payment"), staff("two", "payments.refund_payment")]
    turn = count()

    def press() -> RefundTicket:
        mine = next(turn)
        return request_refund(
            actor=clerks[mine],
            payment_number=payment.number,
            amount=1000,
            reason="r",
            reference=f"clerk-{mine}",
        )

    results = in_threads(2, press)

    assert outcomes(results) == Counter(RefundTicket=1, RefundExceedsPayment=1)
    assert facts(payment) == ("paid", "kept", 1000, 1000, 0)


def test_the_same_button_fifty_times_is_one_refund(shopper: Shopper, shift_clock: Shift) -> None:
    payment = shopper.paid()

    results = in_threads(
        50,
        lambda: request_refund(
            actor=SYSTEM, payment_number=payment.number, amount=700, reason="r", reference="one"
        ),
    )

    assert outcomes(results) == Counter(RefundTicket=50)
    assert Refund.objects.count() == 1
    in_threads(8, jobs.advance_refunds)
    shift_clock(61)
    in_threads(8, jobs.advance_refunds)
    assert facts(payment) == ("paid", "kept", 1000, 700, 700)
    assert cash() == 300
    assert list(audit_payments()) == []


def test_confirm_and_close_at_once_end_in_one_truth(shopper: Shopper) -> None:
    """A cancel and a payment race for the same bill, ten times each: kept, never kept and released."""
    bill = shopper.bill(stock=1)
    shopper.start(bill)
    transaction = reported(shopper, bill)
    turn = count()

    def either() -> object:
        if next(turn) % 2:
            return confirm_attempt(transaction=transaction, source="callback")
        return close_payable(actor=SYSTEM, payable_kind=KIND, payable_number=bill.number, reason="member")

    in_threads(20, either)

    bill.refresh_from_db()
    assert (bill.state, bill.confirmed, bill.released) == ("paid", 1, 0)
    assert facts(payment_of(bill)) == ("paid", "kept", 1000, 0, 0)
    assert cash() == 1000
