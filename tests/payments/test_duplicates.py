"""The same due paid twice: one is kept, the other goes back in full."""

from collections.abc import Callable

import pytest

from shop.core.models import OutboxEvent
from shop.payments import jobs
from shop.payments.audit import audit_payments
from shop.payments.models import Payment, PaymentAttempt
from shop.payments.services.confirm import Confirmation, confirm_attempt
from tests.payments.shopper import Shopper, attempt_of, cash, facts, reported
from tests.payments.test_closing import close
from tests.shopfloor.models import Bill
from tests.shopfloor.payable import BillHandler

Shift = Callable[[float], None]
LATE = ("paid", "late", 1000, 1000, 0)
KEPT = ("paid", "kept", 1000, 0, 0)
TWICE = ("paid", "duplicate", 1000, 1000, 0)


def test_an_abandoned_number_and_a_new_one_are_both_paid(shopper: Shopper, shift_clock: Shift) -> None:
    """Two numbers of one payment: the first was believed dead when the second was made."""
    bill = shopper.bill()
    shopper.start(bill)
    first = reported(shopper, bill)
    PaymentAttempt.objects.update(state="closed", due_at=None)
    shopper.start(bill)
    second = reported(shopper, bill)

    assert confirm_attempt(transaction=second, source="callback") == Confirmation.KEPT
    assert confirm_attempt(transaction=first, source="callback") == Confirmation.DUPLICATE
    assert confirm_attempt(transaction=first, source="callback") == Confirmation.REPEATED

    kept, twin = Payment.objects.order_by("pk")
    assert (facts(kept), facts(twin)) == (KEPT, TWICE)
    assert twin.twin_of == kept
    assert cash() == 2000
    names = list(OutboxEvent.objects.order_by("pk").values_list("name", flat=True))
    assert names == [
        "payments.payment_succeeded",
        "payments.refund_requested",
        "payments.payment_duplicated",
    ]
    jobs.advance_refunds()  # WeChat does not know our invented transaction: staff will see it
    assert list(audit_payments()) == []


def test_a_late_payment_stops_the_new_one_of_the_same_due(shopper: Shopper) -> None:
    bill = shopper.bill(stock=1)
    shopper.start(bill)
    first = reported(shopper, bill)
    close(bill)
    jobs.watch_attempts()
    Bill.objects.update(state="open")  # opened again by its owner
    renewed = shopper.start(bill)
    second = reported(shopper, bill)

    assert confirm_attempt(transaction=first, source="callback") == Confirmation.KEPT

    other = Payment.objects.get(number=renewed.number)
    assert other.state == "closing"
    assert confirm_attempt(transaction=second, source="callback") == Confirmation.DUPLICATE
    assert facts(other) == TWICE
    bill.refresh_from_db()
    assert (bill.state, bill.confirmed) == ("paid", 1)
    assert list(audit_payments()) == []


def test_the_stopped_payment_closes_without_releasing_what_is_paid(shopper: Shopper) -> None:
    bill = shopper.bill(stock=1)
    shopper.start(bill)
    first = reported(shopper, bill)
    close(bill)
    jobs.watch_attempts()
    Bill.objects.update(state="open")
    renewed = shopper.start(bill)
    confirm_attempt(transaction=first, source="callback")

    assert jobs.watch_attempts() == 1

    assert Payment.objects.get(number=renewed.number).state == "closed"
    bill.refresh_from_db()
    assert (bill.state, bill.released) == ("paid", 1)


def test_a_refused_payment_leaves_the_live_number_alone(shopper: Shopper) -> None:
    """The old number's money is refused while a new number is open: a row of its own carries the refund."""
    bill = shopper.bill()
    shopper.start(bill)
    first = reported(shopper, bill)
    PaymentAttempt.objects.update(state="closed", due_at=None)
    Bill.objects.update(amount=900)
    started = shopper.start(bill)

    assert confirm_attempt(transaction=first, source="callback") == Confirmation.REFUNDED

    live, twin = Payment.objects.order_by("pk")
    assert (live.number, live.state) == (started.number, "open")
    assert facts(twin) == LATE
    assert confirm_attempt(transaction=reported(shopper, bill), source="callback") == Confirmation.KEPT
    assert facts(live) == ("paid", "kept", 900, 0, 0)
    assert list(audit_payments()) == []


def test_a_duplicate_while_another_number_is_live(shopper: Shopper) -> None:
    """A due paid twice over while a third number is being closed."""
    bill = shopper.bill(stock=1)
    shopper.start(bill)
    first = reported(shopper, bill)
    close(bill)
    jobs.watch_attempts()
    Bill.objects.update(state="open")
    shopper.start(bill)
    second = reported(shopper, bill)
    PaymentAttempt.objects.filter(state="open").update(state="closed", due_at=None)
    shopper.start(bill)
    assert confirm_attempt(transaction=first, source="callback") == Confirmation.KEPT

    assert confirm_attempt(transaction=second, source="callback") == Confirmation.DUPLICATE

    assert Payment.objects.filter(disposition="duplicate").count() == 1
    assert attempt_of(bill).state == "open"
    jobs.watch_attempts()
    assert attempt_of(bill).state == "closed"
    assert list(audit_payments()) == []


def test_money_refused_on_a_payment_already_refunded_gets_its_own_row(
    shopper: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    bill = shopper.bill()
    shopper.start(bill)
    first = reported(shopper, bill)
    PaymentAttempt.objects.update(state="closed", due_at=None)
    shopper.start(bill)
    second = reported(shopper, bill)
    PaymentAttempt.objects.filter(state="open").update(state="closed", due_at=None)
    monkeypatch.setattr(BillHandler, "_objection", lambda *_: "sold_out")

    for transaction in (first, second):
        assert confirm_attempt(transaction=transaction, source="callback") == Confirmation.REFUNDED

    assert [facts(payment) for payment in Payment.objects.all()] == [LATE, LATE]
    assert cash() == 2000
    assert list(audit_payments()) == []
