"""Closing: query, close, release; and what happens while WeChat cannot be reached for hours."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from shop.core import clock, runtime
from shop.core.errors import WechatBusy
from shop.core.models.audit import AuditEntry
from shop.payments import jobs
from shop.payments.audit import audit_payments
from shop.payments.errors import AlreadyPaid, PayableClosed, PayableClosing, PayableExpired
from shop.payments.models import Payment, PaymentAttempt, Refund
from shop.payments.services import leases
from shop.payments.services.closing import Closing, close_payable, pursue_closing
from shop.payments.services.confirm import Confirmation, confirm_attempt
from shop.payments.services.expiry import expire_payable
from shop.payments.services.watching import watch_attempt
from shop.wechat.pay.client import pay_client
from tests.payments.shopper import SYSTEM, Shopper, attempt_of, cash, facts, payment_of, reported
from tests.payments.staff import staff
from tests.shopfloor.models import Bill
from tests.shopfloor.payable import KIND

Shift = Callable[[float], None]
HOUR = 3600


def close(bill: Bill, reason: str = "member") -> Closing:
    return close_payable(actor=SYSTEM, payable_kind=KIND, payable_number=bill.number, reason=reason)


def state(bill: Bill) -> tuple[str, int, int | None]:
    """The bill's state, how often it was released, what is free on its shelf."""
    bill.refresh_from_db()
    if bill.shelf is not None:
        bill.shelf.refresh_from_db()
    return bill.state, bill.released, None if bill.shelf is None else bill.shelf.free


def test_without_any_number_the_payable_is_released_at_once(shopper: Shopper) -> None:
    bill = shopper.bill(stock=1)

    assert close(bill) == Closing.CLOSED

    assert state(bill) == ("closed", 1, 1)
    assert close(bill) == Closing.CLOSED
    assert state(bill) == ("closed", 1, 1)


def test_with_a_number_it_is_closing_until_wechat_has_closed_it(shopper: Shopper) -> None:
    bill = shopper.bill(stock=1)
    started = shopper.start(bill)

    assert close(bill) == Closing.CLOSING
    assert state(bill) == ("closing", 0, 0)
    with pytest.raises(PayableClosing):
        shopper.start(bill)
    assert close(bill) == Closing.CLOSING

    assert jobs.watch_attempts() == 1

    assert state(bill) == ("closed", 1, 1)
    assert attempt_of(bill).state == "closed"
    assert facts(payment_of(bill)) == ("closed", "", 0, 0, 0)
    assert Payment.objects.get().closing_reason == "member"
    with pytest.raises(PayableClosed):
        shopper.start(bill)
    assert started.wechat is not None
    shopper.sandbox.pay(dict(started.wechat), expect=409)
    assert list(audit_payments()) == []


def test_a_member_who_waits_gets_the_closing_pursued_at_once(shopper: Shopper) -> None:
    bill = shopper.bill(stock=1)
    shopper.start(bill)
    close(bill)

    pursue_closing(payable_kind=KIND, payable_number=bill.number)

    assert state(bill) == ("closed", 1, 1)


def test_pursuing_fails_softly_when_wechat_is_away(shopper: Shopper) -> None:
    bill = shopper.bill(stock=1)
    shopper.start(bill)
    close(bill)
    shopper.sandbox.offline()

    for _turn in range(7):  # opens the breaker on the way
        pursue_closing(payable_kind=KIND, payable_number=bill.number)

    assert state(bill) == ("closing", 0, 0)


def test_a_number_that_wechat_does_not_know_is_final_only_after_its_deadline(shopper: Shopper) -> None:
    bill = shopper.bill(stock=1)
    shopper.sandbox.fault("timeout_before_commit", path="/v3/pay/transactions/jsapi")
    with pytest.raises(WechatBusy):
        shopper.start(bill)
    assert close(bill) == Closing.CLOSING

    watch_attempt(attempt_id=attempt_of(bill).pk)

    assert state(bill) == ("closing", 0, 0)
    attempt = attempt_of(bill)
    assert attempt.last_answer == "refused ORDER_NOT_EXIST"
    assert attempt.due_at is not None
    # Asked again when the deadline is over, and not later: the two clocks are read one after the other.
    left = attempt.prepay_deadline - clock.wall()
    assert abs(attempt.due_at - clock.now() - left) < timedelta(seconds=1)

    with time_machine.travel(attempt.prepay_deadline, tick=True):
        assert jobs.watch_attempts() == 1

    assert state(bill) == ("closed", 1, 1)
    assert attempt_of(bill).state == "not_exist"


def test_a_number_sent_again_meanwhile_is_not_given_up(shopper: Shopper) -> None:
    bill = shopper.bill()
    shopper.sandbox.fault("timeout_before_commit", path="/v3/pay/transactions/jsapi")
    with pytest.raises(WechatBusy):
        shopper.start(bill)
    attempt = attempt_of(bill)
    later = attempt.prepay_deadline

    with time_machine.travel(later, tick=True):
        asked_before = clock.wall()
        PaymentAttempt.objects.update(prepay_deadline=asked_before.replace(year=asked_before.year + 1))
        from shop.payments.rules import OrderMeaning
        from shop.payments.services.watching import _bury

        _bury(attempt_id=attempt.pk, meaning=OrderMeaning.MISSING, asked=asked_before)

    attempt.refresh_from_db()
    assert (attempt.state, attempt.leased_until) == ("sending", None)


def test_wechat_away_for_hours_holds_the_goods_and_then_releases_them(
    shopper: Shopper, shift_clock: Shift
) -> None:
    """time_expire is in 30 minutes, the hold is 6 hours: released at 6 h 30, not before."""
    bill = shopper.bill(stock=1)
    started = shopper.start(bill)
    shopper.pay_at_wechat(started.wechat)  # paid, but nobody can tell us
    shopper.sandbox.offline()
    assert close(bill) == Closing.CLOSING

    assert jobs.watch_attempts() == 1
    for _hours in range(6):
        shift_clock(HOUR)
        assert jobs.watch_attempts() == 1
        assert jobs.expire_payments() == 0
        assert state(bill) == ("closing", 0, 0)
    shift_clock(HOUR / 2 + 1)
    assert jobs.watch_attempts() == 1

    assert state(bill) == ("closed", 1, 1)
    assert attempt_of(bill).state == "abandoned"
    assert facts(payment_of(bill)) == ("closed", "", 0, 0, 0)

    # WeChat is back: the money shows, and the late rule keeps it because the unit is still there.
    shopper.sandbox.offline(False)
    shift_clock(HOUR)
    assert jobs.watch_attempts() == 1
    assert state(bill) == ("paid", 1, 0)
    assert facts(payment_of(bill)) == ("paid", "kept", 1000, 0, 0)
    assert cash() == 1000
    assert list(audit_payments()) == []


def test_a_payment_that_shows_after_release_is_refunded_when_the_goods_are_gone(
    shopper: Shopper, shift_clock: Shift
) -> None:
    bill = shopper.bill(stock=1)
    started = shopper.start(bill)
    shopper.pay_at_wechat(started.wechat)
    shopper.sandbox.offline()
    close(bill)
    shift_clock(7 * HOUR)
    jobs.watch_attempts()
    assert state(bill) == ("closed", 1, 1)
    assert bill.shelf is not None
    shopper.bill()  # somebody else
    type(bill.shelf).objects.update(free=0)

    shopper.sandbox.offline(False)
    shift_clock(HOUR)
    assert jobs.watch_attempts() == 1
    assert facts(payment_of(bill)) == ("paid", "late", 1000, 1000, 0)

    assert jobs.advance_refunds() == 1
    shift_clock(61)
    jobs.advance_refunds()
    assert facts(payment_of(bill)) == ("paid", "late", 1000, 1000, 1000)
    assert cash() == 0
    assert Refund.objects.get().kind == "late"
    assert list(audit_payments()) == []


def test_an_abandoned_number_is_watched_until_wechat_has_closed_it(
    shopper: Shopper, shift_clock: Shift
) -> None:
    bill = shopper.bill(stock=1)
    shopper.start(bill)
    shopper.sandbox.offline()
    close(bill)
    shift_clock(7 * HOUR)
    jobs.watch_attempts()
    assert attempt_of(bill).state == "abandoned"

    shopper.sandbox.offline(False)
    shift_clock(HOUR)
    assert jobs.watch_attempts() == 1

    assert attempt_of(bill).state == "closed"
    assert state(bill) == ("closed", 1, 1)
    assert jobs.watch_attempts() == 0


def test_the_hold_is_a_setting(shopper: Shopper, shift_clock: Shift) -> None:
    runtime.set_value(actor=SYSTEM, name="hold_unknown_seconds", value=600)
    bill = shopper.bill(stock=1)
    shopper.start(bill)
    shopper.sandbox.offline()
    close(bill)

    shift_clock(30 * 60 + 601)
    jobs.watch_attempts()

    assert state(bill) == ("closed", 1, 1)


def test_a_payment_paid_between_our_query_and_our_close_is_kept(shopper: Shopper) -> None:
    """WeChat refuses the close with ORDER_PAID; asking again finds the payment."""
    from shop.payments.services import watching

    bill = shopper.bill(stock=1)
    started = shopper.start(bill)
    close(bill)
    attempt = attempt_of(bill)
    client = pay_client()
    shopper.pay_at_wechat(started.wechat)

    finding = watching._close(client, attempt)
    watching._act(attempt, finding, clock.wall())

    assert state(bill) == ("paid", 0, 0)
    assert facts(payment_of(bill)) == ("paid", "kept", 1000, 0, 0)


def test_a_close_that_wechat_does_not_answer_is_repeated(shopper: Shopper, shift_clock: Shift) -> None:
    bill = shopper.bill(stock=1)
    shopper.start(bill)
    close(bill)
    shopper.sandbox.fault("500", path="/v3/pay/transactions/out-trade-no", method="POST")

    watch_attempt(attempt_id=attempt_of(bill).pk)
    assert state(bill) == ("closing", 0, 0)

    shift_clock(31)
    jobs.watch_attempts()
    assert state(bill) == ("closed", 1, 1)


def test_expiry_closes_what_was_not_paid(shopper: Shopper, shift_clock: Shift) -> None:
    bill = shopper.bill(stock=1, minutes=10)
    shopper.start(bill)
    assert jobs.expire_payments() == 0

    shift_clock(601)
    with pytest.raises(PayableExpired):
        shopper.start(bill)
    assert jobs.expire_payments() == 1
    jobs.watch_attempts()

    assert state(bill) == ("closed", 1, 1)
    assert Payment.objects.get().closing_reason == "expired"
    assert jobs.expire_payments() == 0


def test_a_payable_whose_time_was_extended_is_not_expired(shopper: Shopper, shift_clock: Shift) -> None:
    bill = shopper.bill(minutes=10)
    shopper.start(bill)
    shift_clock(601)
    bill.expires_at = clock.now().replace(year=clock.now().year + 1)
    bill.save()

    assert jobs.expire_payments() == 1

    assert state(bill)[0] == "open"
    assert Payment.objects.get().expires_at == bill.expires_at
    assert jobs.expire_payments() == 0


def test_leftovers_of_a_payable_paid_in_another_way_are_closed_without_release(
    shopper: Shopper, shift_clock: Shift
) -> None:
    bill = shopper.bill(stock=1, minutes=10)
    shopper.start(bill)
    Bill.objects.update(state="paid")  # over the counter, say
    shift_clock(601)

    assert jobs.expire_payments() == 1
    jobs.watch_attempts()

    assert state(bill) == ("paid", 0, 0)
    assert facts(payment_of(bill)) == ("closed", "", 0, 0, 0)


def test_a_paid_payable_cannot_be_closed(shopper: Shopper) -> None:
    payment = shopper.paid(stock=1)
    bill = Bill.objects.get(number=payment.payable_number)

    with pytest.raises(AlreadyPaid):
        close(bill)

    assert state(bill) == ("paid", 0, 0)
    expire_payable(payable_kind=KIND, payable_number=bill.number)
    assert state(bill) == ("paid", 0, 0)


def test_a_closing_that_nobody_finished_is_finished(shopper: Shopper) -> None:
    bill = shopper.bill(stock=1)
    shopper.start(bill)
    close(bill)
    PaymentAttempt.objects.update(state="closed", due_at=None)  # a worker died before the end

    assert jobs.expire_payments() == 1

    assert state(bill) == ("closed", 1, 1)
    assert jobs.expire_payments() == 0


def test_closing_again_finishes_a_closing_without_numbers(shopper: Shopper) -> None:
    bill = shopper.bill(stock=1)
    shopper.start(bill)
    close(bill)
    PaymentAttempt.objects.update(state="closed", due_at=None)

    assert close(bill) == Closing.CLOSED

    assert state(bill) == ("closed", 1, 1)


def test_money_refused_while_closing_ends_the_closing(shopper: Shopper) -> None:
    """The handler refuses (price changed): the money goes back and the payable is released, once."""
    bill = shopper.bill(stock=1)
    shopper.start(bill)
    transaction = reported(shopper, bill)
    close(bill)
    Bill.objects.update(amount=5)

    assert confirm_attempt(transaction=transaction, source="callback") == Confirmation.REFUNDED

    assert state(bill) == ("closed", 1, 1)
    assert facts(payment_of(bill)) == ("paid", "late", 1000, 1000, 0)
    assert jobs.watch_attempts() == 0
    assert list(audit_payments()) == []


def test_one_row_that_fails_does_not_stop_the_others(
    shopper: Shopper, shift_clock: Shift, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = shopper.bill(), shopper.bill()
    for bill in (broken, sound):
        shopper.pay_at_wechat(shopper.start(bill).wechat)
    Payment.objects.filter(payable_number=broken.number).update(payable_kind="nobody's")
    shift_clock(31)

    with pytest.raises(LookupError):
        jobs.watch_attempts()

    assert facts(payment_of(sound)) == ("paid", "kept", 1000, 0, 0)
    assert attempt_of(broken).leased_until is not None
    assert jobs.watch_attempts() == 0


def test_a_run_ends_when_its_time_is_over(
    shopper: Shopper, shift_clock: Shift, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _number in range(2):
        shopper.start(shopper.bill())
    shift_clock(31)
    monkeypatch.setattr(leases, "_SECONDS_PER_RUN", -1)

    assert jobs.watch_attempts() == 1
    rows = PaymentAttempt.objects.all()
    assert list(leases.each_due(rows, limit=0)) == []


def test_staff_who_close_are_recorded(shopper: Shopper) -> None:
    clerk = staff("clerk")
    bill = shopper.bill()

    close_payable(actor=clerk, payable_kind=KIND, payable_number=bill.number, reason="phone call")

    entry = AuditEntry.objects.get(action="payments.close_payable")
    assert (entry.subject_id, entry.reason, entry.actor_label) == (bill.number, "phone call", "clerk")
