"""Done-when 3: whatever WeChat's callback does, a payment is booked once, or refused, or refunded."""

from collections.abc import Callable

import pytest
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from shop.core.actors import Actor
from shop.core.errors import WechatBusy
from shop.payments.audit import audit_payments
from shop.payments.errors import AlreadyPaid
from shop.payments.models import CashEntry, Payment, PaymentIncident, Refund
from shop.payments.services.closing import close_payable
from shop.payments.services.confirm import Confirmation, confirm_attempt
from shop.payments.services.watching import watch_attempt
from shop.wechat.inbox import process_due
from shop.wechat.models import InboxMessage
from tests.payments.shopper import (
    Shopper,
    attempt_of,
    cash,
    facts,
    in_threads,
    payment_of,
    refunds_of,
    reported,
    shelf_of,
)
from tests.shopfloor.models import Bill, Shelf
from tests.shopfloor.payable import KIND

KEPT_ONCE = ("paid", "kept", 1000, 0, 0)


@pytest.fixture
def callbacks(live_server: LiveServer, settings: Settings, shopper: Shopper) -> Shopper:
    """A shopper whose payments WeChat reports to a running web server of ours."""
    settings.WECHATPAY_NOTIFY_BASE_URL = live_server.url
    return shopper


def answers(shopper: Shopper, number: str) -> list[int]:
    """What our web server answered to WeChat's callbacks about a number."""
    notes = shopper.sandbox.notifications(number)
    return [delivery["status"] for note in notes for delivery in note["deliveries"]]


def test_a_callback_twenty_times_in_parallel_pays_once(callbacks: Shopper) -> None:
    bill = callbacks.bill()
    started = callbacks.start(bill)

    callbacks.pay_at_wechat(started.wechat, notify="before_answer", copies=20)
    assert answers(callbacks, attempt_of(bill).out_trade_no) == [200] * 20
    in_threads(20, process_due)

    assert facts(payment_of(bill)) == KEPT_ONCE
    bill.refresh_from_db()
    assert (bill.confirmed, bill.refused) == (1, 0)
    assert cash() == 1000
    assert CashEntry.objects.count() == 1
    assert list(audit_payments()) == []


def test_twenty_confirmations_at_once_book_once(shopper: Shopper) -> None:
    bill = shopper.bill()
    shopper.start(bill)
    transaction = reported(shopper, bill)

    results = in_threads(20, lambda: confirm_attempt(transaction=transaction, source="callback"))

    assert sorted(map(str, results)) == ["kept"] + ["repeated"] * 19
    bill.refresh_from_db()
    assert (bill.confirmed, cash(), CashEntry.objects.count()) == (1, 1000, 1)


def test_a_callback_before_the_prepay_answer_pays_once(callbacks: Shopper) -> None:
    bill = callbacks.bill()
    callbacks.sandbox.autopay()

    started = callbacks.start(bill)
    assert answers(callbacks, attempt_of(bill).out_trade_no) == [200]
    assert started.status == "open"
    process_due()

    assert facts(payment_of(bill)) == KEPT_ONCE
    with pytest.raises(AlreadyPaid):
        callbacks.start(bill)
    assert list(audit_payments()) == []


def test_a_callback_after_cancel_and_release_is_kept_while_stock_lasts(callbacks: Shopper) -> None:
    bill = callbacks.bill(stock=1)
    started = callbacks.start(bill)
    transaction = reported(callbacks, bill)
    cancel(bill)
    watch_attempt(attempt_id=attempt_of(bill).pk)
    bill.refresh_from_db()
    assert (bill.state, shelf_of(bill).free) == ("closed", 1)

    assert confirm_attempt(transaction=transaction, source="callback") == Confirmation.KEPT

    bill.refresh_from_db()
    assert (bill.state, shelf_of(bill).free, bill.released) == ("paid", 0, 1)
    assert facts(Payment.objects.get(number=started.number)) == KEPT_ONCE


def test_a_callback_after_release_is_refunded_when_the_stock_is_gone(callbacks: Shopper) -> None:
    bill = callbacks.bill(stock=1)
    callbacks.start(bill)
    transaction = reported(callbacks, bill)
    cancel(bill)
    watch_attempt(attempt_id=attempt_of(bill).pk)
    Shelf.objects.filter(pk=shelf_of(bill).pk).update(free=0)

    assert confirm_attempt(transaction=transaction, source="callback") == Confirmation.REFUNDED
    assert confirm_attempt(transaction=transaction, source="callback") == Confirmation.REPEATED

    payment = payment_of(bill)
    assert facts(payment) == ("paid", "late", 1000, 1000, 0)
    assert refunds_of(payment) == [("late", "pending", 1000)]
    assert Refund.objects.get().reason == "sold_out"
    bill.refresh_from_db()
    assert (bill.state, bill.refused, bill.confirmed) == ("closed", 1, 0)
    assert list(audit_payments()) == []


def test_a_payment_found_while_closing_is_kept(callbacks: Shopper) -> None:
    bill = callbacks.bill(stock=1)
    started = callbacks.start(bill)
    callbacks.pay_at_wechat(started.wechat)
    cancel(bill)

    watch_attempt(attempt_id=attempt_of(bill).pk)

    assert facts(payment_of(bill)) == KEPT_ONCE
    bill.refresh_from_db()
    assert (bill.state, bill.released, shelf_of(bill).free) == ("paid", 0, 0)


def test_a_callback_after_expiry_follows_the_late_rule(
    callbacks: Shopper, shift_clock: Callable[[float], None]
) -> None:
    bill = callbacks.bill(stock=1, minutes=5)
    callbacks.start(bill)
    transaction = reported(callbacks, bill)
    shift_clock(301)
    close_payable(actor=Actor.system("t"), payable_kind=KIND, payable_number=bill.number, reason="expired")
    watch_attempt(attempt_id=attempt_of(bill).pk)
    assert payment_of(bill).state == "closed"

    assert confirm_attempt(transaction=transaction, source="callback") == Confirmation.KEPT
    assert facts(payment_of(bill)) == KEPT_ONCE


def test_a_wrong_amount_is_never_paid_and_the_truth_is_found_by_asking(callbacks: Shopper) -> None:
    bill = callbacks.bill()
    started = callbacks.start(bill)
    callbacks.pay_at_wechat(started.wechat, notify="before_answer", override={"amount": 1})
    assert answers(callbacks, attempt_of(bill).out_trade_no) == [200]

    assert process_due() == 1

    assert facts(payment_of(bill)) == ("open", "", 0, 0, 0)
    incident = PaymentIncident.objects.get()
    assert (incident.kind, incident.expected, incident.received) == ("amount", "1000", "1")
    assert (incident.source, incident.state, incident.amount) == ("callback", "open", 1)
    assert cash() == 0

    watch_attempt(attempt_id=attempt_of(bill).pk)
    assert facts(payment_of(bill)) == KEPT_ONCE


def test_a_wrong_merchant_is_never_paid(callbacks: Shopper) -> None:
    bill = callbacks.bill()
    started = callbacks.start(bill)
    callbacks.pay_at_wechat(started.wechat, notify="before_answer", override={"mchid": "1999999999"})
    assert answers(callbacks, attempt_of(bill).out_trade_no) == [200]

    assert process_due() == 1

    assert facts(payment_of(bill)) == ("open", "", 0, 0, 0)
    assert PaymentIncident.objects.get().kind == "merchant"
    assert cash() == 0


@pytest.mark.parametrize("kind", ["stale", "wrong_serial", "signtest"])
def test_an_unbelievable_callback_changes_nothing(callbacks: Shopper, kind: str) -> None:
    bill = callbacks.bill()
    started = callbacks.start(bill)
    callbacks.sandbox.fault(kind, target="callback")

    callbacks.pay_at_wechat(started.wechat, notify="before_answer")
    assert answers(callbacks, attempt_of(bill).out_trade_no) == [401]

    assert InboxMessage.objects.count() == 0
    assert process_due() == 0
    assert facts(payment_of(bill)) == ("open", "", 0, 0, 0)
    watch_attempt(attempt_id=attempt_of(bill).pk)
    assert facts(payment_of(bill)) == KEPT_ONCE


def test_a_tampered_callback_changes_nothing(callbacks: Shopper) -> None:
    bill = callbacks.bill()
    started = callbacks.start(bill)

    callbacks.pay_at_wechat(started.wechat, notify="before_answer", override={"tamper": True})
    assert answers(callbacks, attempt_of(bill).out_trade_no) == [401]

    assert InboxMessage.objects.count() == 0
    assert facts(payment_of(bill)) == ("open", "", 0, 0, 0)


def test_a_lost_callback_is_found_by_asking_when_its_time_comes(
    callbacks: Shopper, shift_clock: Callable[[float], None]
) -> None:
    from shop.payments.jobs import watch_attempts

    bill = callbacks.bill()
    started = callbacks.start(bill)
    callbacks.pay_at_wechat(started.wechat)
    assert watch_attempts() == 0

    shift_clock(31)

    assert watch_attempts() == 1
    assert facts(payment_of(bill)) == KEPT_ONCE
    assert watch_attempts() == 0


def cancel(bill: Bill) -> None:
    close_payable(actor=Actor.system("t"), payable_kind=KIND, payable_number=bill.number, reason="member")


def test_start_while_wechat_is_away_is_resumed_with_the_same_number(shopper: Shopper) -> None:
    bill = shopper.bill()
    shopper.sandbox.offline()
    with pytest.raises(WechatBusy):
        shopper.start(bill)
    number = attempt_of(bill).out_trade_no

    shopper.sandbox.offline(False)
    started = shopper.start(bill)

    assert attempt_of(bill).out_trade_no == number
    assert started.wechat is not None
