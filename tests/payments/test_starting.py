"""Starting a payment: a row, then WeChat, then the answer."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from shop.core import clock
from shop.core.errors import Busy, NotFound, WechatBusy
from shop.core.idempotency import Claim
from shop.core.idempotency.calls import answer_call
from shop.core.idempotency.requests import Answer, keyed_request
from shop.core.models import IdempotencyKey
from shop.payments import jobs
from shop.payments.audit import audit_payments
from shop.payments.errors import (
    AlreadyPaid,
    NothingDue,
    PayableClosed,
    PayableClosing,
    PaymentRefused,
)
from shop.payments.models import Payment, PaymentAttempt
from shop.payments.services.closing import close_payable
from shop.payments.services.confirm import confirm_attempt
from shop.payments.services.starting import StartedPayment, start_payment
from shop.payments.services.watching import watch_attempt
from shop.wechat.outcomes import Outcome
from shop.wechat.pay.client import PayClient
from shop.wechat.pay.types import JsapiOrder, Prepay
from tests.payments.shopper import (
    SYSTEM,
    Shopper,
    attempt_of,
    cash,
    facts,
    in_threads,
    payment_of,
    reported,
)
from tests.shopfloor.models import Bill
from tests.shopfloor.payable import KIND

Shift = Callable[[float], None]


def test_a_payment_is_started_paid_and_booked_once(shopper: Shopper) -> None:
    bill = shopper.bill(amount=1234)

    started = shopper.start(bill)

    attempt = attempt_of(bill)
    assert (started.method, started.amount, started.status) == ("wechat", 1234, "open")
    assert started.wechat is not None
    assert started.wechat["package"] == f"prepay_id={attempt.prepay_id}"
    assert attempt.state == PaymentAttempt.State.OPEN

    transaction_id = shopper.pay_at_wechat(started.wechat)
    watch_attempt(attempt_id=attempt.pk)

    attempt.refresh_from_db()
    assert (attempt.state, attempt.transaction_id, attempt.received) == ("paid", transaction_id, 1234)
    assert facts(payment_of(bill)) == ("paid", "kept", 1234, 0, 0)
    assert cash() == 1234
    bill.refresh_from_db()
    assert (bill.state, bill.confirmed, bill.released) == ("paid", 1, 0)


def test_the_open_number_is_handed_out_again_freshly_signed(shopper: Shopper) -> None:
    bill = shopper.bill()

    first, second = shopper.start(bill), shopper.start(bill)

    assert first.number == second.number
    assert first.wechat is not None
    assert second.wechat is not None
    assert first.wechat["package"] == second.wechat["package"]
    assert first.wechat["nonceStr"] != second.wechat["nonceStr"]
    assert PaymentAttempt.objects.count() == 1
    assert shopper.pay_at_wechat(second.wechat)


def test_twenty_starts_at_once_make_one_number(shopper: Shopper) -> None:
    bill = shopper.bill()

    results = in_threads(20, lambda: shopper.start(bill))

    started = [result for result in results if isinstance(result, StartedPayment)]
    others = [result for result in results if not isinstance(result, StartedPayment)]
    assert started
    assert all(isinstance(other, WechatBusy | Busy) for other in others), others
    assert {each.number for each in started} == {payment_of(bill).number}
    assert PaymentAttempt.objects.count() == 1


def test_a_changed_amount_closes_the_old_number_and_makes_a_new_one(shopper: Shopper) -> None:
    bill = shopper.bill(amount=1000)
    old = shopper.start(bill)
    Bill.objects.update(amount=900)

    new = shopper.start(bill)

    assert (new.number, new.amount) == (old.number, 900)
    states = PaymentAttempt.objects.order_by("pk").values_list("state", "amount")
    assert list(states) == [("closed", 1000), ("open", 900)]
    assert old.wechat is not None
    shopper.sandbox.pay(dict(old.wechat), expect=409)
    shopper.pay_at_wechat(new.wechat)
    watch_attempt(attempt_id=attempt_of(bill).pk)
    assert facts(payment_of(bill)) == ("paid", "kept", 900, 0, 0)


def test_another_identity_of_the_payer_gets_a_number_of_its_own(shopper: Shopper) -> None:
    bill = shopper.bill()
    shopper.start(bill)
    shopper.openid = shopper.sandbox.create_user()["openid"]

    shopper.start(bill)

    assert list(PaymentAttempt.objects.order_by("pk").values_list("state", flat=True)) == ["closed", "open"]


def test_the_old_price_paid_before_the_change_goes_back_and_the_new_one_can_be_paid(
    shopper: Shopper,
) -> None:
    bill = shopper.bill(amount=1000)
    old = shopper.start(bill)
    shopper.pay_at_wechat(old.wechat)
    Bill.objects.update(amount=900)

    new = shopper.start(bill)

    assert new.number != old.number
    assert facts(payment_of(bill)) == ("paid", "late", 1000, 1000, 0)
    shopper.pay_at_wechat(new.wechat)
    watch_attempt(attempt_id=attempt_of(bill).pk)
    assert facts(Payment.objects.get(number=new.number)) == ("paid", "kept", 900, 0, 0)
    assert list(audit_payments()) == []


def test_while_the_old_number_cannot_be_closed_there_is_no_new_one(shopper: Shopper) -> None:
    bill = shopper.bill(amount=1000)
    shopper.start(bill)
    Bill.objects.update(amount=900)
    shopper.sandbox.fault("drop", path="/v3/pay/transactions/out-trade-no", times=9)

    with pytest.raises(WechatBusy):
        shopper.start(bill)

    assert PaymentAttempt.objects.count() == 1
    assert attempt_of(bill).close_requested


def test_a_number_whose_time_is_over_is_replaced_when_the_due_was_extended(
    shopper: Shopper, shift_clock: Shift
) -> None:
    bill = shopper.bill(minutes=10)
    shopper.start(bill)
    shift_clock(700)
    Bill.objects.update(expires_at=clock.now() + timedelta(hours=1))

    started = shopper.start(bill)

    assert started.status == "open"
    assert PaymentAttempt.objects.count() == 2


def test_an_old_prepay_id_is_renewed_with_identical_parameters(shopper: Shopper, shift_clock: Shift) -> None:
    bill = shopper.bill(minutes=600)
    first = shopper.start(bill)
    shift_clock(2 * 3600)

    second = shopper.start(bill)

    assert PaymentAttempt.objects.count() == 1
    assert first.wechat is not None
    assert second.wechat is not None
    shopper.pay_at_wechat(second.wechat)


def test_the_last_seconds_are_long_enough_for_wechat(shopper: Shopper) -> None:
    bill = shopper.bill(minutes=0.2)

    started = shopper.start(bill)

    attempt = attempt_of(bill)
    assert started.status == "open"
    assert bill.expires_at is not None
    assert attempt.time_expire >= bill.expires_at + timedelta(seconds=40)


def test_a_payable_that_never_expires_gets_two_hours(shopper: Shopper) -> None:
    bill = shopper.bill(minutes=None)

    shopper.start(bill)

    assert attempt_of(bill).time_expire - attempt_of(bill).created_at == timedelta(hours=2)
    assert payment_of(bill).expires_at is None


def test_what_forbids_to_pay(shopper: Shopper) -> None:
    bill = shopper.bill()
    for state, refusal in [("closing", PayableClosing), ("closed", PayableClosed), ("paid", AlreadyPaid)]:
        Bill.objects.update(state=state)
        with pytest.raises(refusal):
            shopper.start(bill)
    Bill.objects.update(state="open", amount=0)
    with pytest.raises(NothingDue):
        shopper.start(bill)
    Bill.objects.update(amount=5, member_id=8)
    with pytest.raises(NotFound):
        shopper.start(bill)
    bill.number = "NONE"
    with pytest.raises(NotFound):
        shopper.start(bill)
    assert Payment.objects.count() == 0


def test_our_own_books_forbid_to_charge_twice(shopper: Shopper) -> None:
    payment = shopper.paid()
    Bill.objects.update(state="open")  # a payable that forgot

    with pytest.raises(AlreadyPaid):
        shopper.start(Bill.objects.get(number=payment.payable_number))


def test_a_refusal_of_wechat_is_told_and_a_new_start_is_possible(shopper: Shopper) -> None:
    bill = shopper.bill()
    openid, shopper.openid = shopper.openid, "o" * 28
    with pytest.raises(PaymentRefused) as refused:
        shopper.start(bill)
    assert refused.value.extra["wechat_code"]
    assert attempt_of(bill).state == "refused"
    assert attempt_of(bill).due_at is None

    shopper.openid = openid
    assert shopper.start(bill).status == "open"


@pytest.mark.parametrize("paid", [True, False])
def test_a_refused_repeat_is_decided_by_asking(shopper: Shopper, paid: bool) -> None:
    """The first answer was lost; the repeat is refused: only a query tells whether the number lives."""
    bill = shopper.bill()
    shopper.sandbox.fault("drop_after_commit", path="/v3/pay/transactions/jsapi")
    with pytest.raises(WechatBusy):
        shopper.start(bill)
    if paid:
        shopper.sandbox.pay_order(attempt_of(bill).out_trade_no, notify="never")
    else:
        shopper.sandbox.fault("unsigned_4xx", path="/v3/pay/transactions/jsapi")

    with pytest.raises(AlreadyPaid if paid else WechatBusy):
        shopper.start(bill)

    assert attempt_of(bill).state == ("paid" if paid else "closed")
    if not paid:
        assert shopper.start(bill).status == "open"
        assert PaymentAttempt.objects.count() == 2


def test_money_that_arrives_while_the_prepay_answer_is_on_its_way(
    shopper: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    bill = shopper.bill()
    meanwhile(monkeypatch, lambda: confirm_attempt(transaction=reported(shopper, bill), source="callback"))

    with pytest.raises(AlreadyPaid):
        shopper.start(bill)

    assert facts(payment_of(bill)) == ("paid", "kept", 1000, 0, 0)


def test_a_cancel_while_the_prepay_answer_is_on_its_way(
    shopper: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    bill = shopper.bill(stock=1)

    def cancel() -> None:
        close_payable(actor=SYSTEM, payable_kind=KIND, payable_number=bill.number, reason="member")

    meanwhile(monkeypatch, cancel)
    with pytest.raises(WechatBusy):
        shopper.start(bill)

    jobs.watch_attempts()
    bill.refresh_from_db()
    assert (bill.state, bill.released) == ("closed", 1)
    assert attempt_of(bill).state == "closed"


def test_an_answer_after_the_number_was_given_up_has_it_closed(
    shopper: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    bill = shopper.bill()
    meanwhile(monkeypatch, lambda: PaymentAttempt.objects.update(state="not_exist", due_at=None))

    with pytest.raises(WechatBusy):
        shopper.start(bill)
    assert (attempt_of(bill).state, attempt_of(bill).close_requested) == ("abandoned", True)

    jobs.watch_attempts()
    assert attempt_of(bill).state == "closed"
    assert shopper.start(bill).status == "open"


def test_an_answer_to_a_disputed_number_changes_nothing(
    shopper: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    bill = shopper.bill()
    meanwhile(monkeypatch, lambda: PaymentAttempt.objects.update(state="disputed", due_at=None))

    with pytest.raises(WechatBusy):
        shopper.start(bill)

    assert attempt_of(bill).state == "disputed"


@pytest.mark.parametrize("state", ["paid", "closing"])
def test_a_refusal_of_a_number_that_moved_on_changes_nothing(
    shopper: Shopper, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    bill = shopper.bill()
    shopper.openid = "o" * 28

    def move_on() -> None:
        if state == "paid":
            confirm_attempt(transaction=reported(shopper, bill), source="callback")
        else:
            close_payable(actor=SYSTEM, payable_kind=KIND, payable_number=bill.number, reason="member")

    meanwhile(monkeypatch, move_on)
    with pytest.raises(PaymentRefused):
        shopper.start(bill)

    assert attempt_of(bill).state == ("paid" if state == "paid" else "sending")


def test_the_claim_of_a_request_keeps_the_number(shopper: Shopper) -> None:
    bill = shopper.bill()
    request = keyed_request(actor="member:7", key="k1", method="POST", path="/x", body=b"")

    def pay(claim: Claim) -> Answer:
        started = start_payment(
            actor=shopper.actor,
            payable_kind=KIND,
            payable_number=bill.number,
            openid=shopper.openid,
            claim=claim,
        )
        assert IdempotencyKey.objects.get().attempt == attempt_of(bill).out_trade_no
        return Answer(201, "text/plain", started.number.encode())

    first = answer_call(request, pay)
    second = answer_call(request, pay)

    assert first[0] == second[0]
    assert (first[1], second[1]) == (False, True)


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Let something happen, once, after WeChat has answered the prepay and before we keep the answer."""
    real = PayClient.create_jsapi_order
    waiting = [happens]

    def answered(self: PayClient, order: JsapiOrder) -> Outcome[Prepay]:
        outcome = real(self, order)
        if waiting:
            waiting.pop()()
        return outcome

    monkeypatch.setattr(PayClient, "create_jsapi_order", answered)
