"""What happens while WeChat's answer is on its way: whoever comes second finds the work done."""

import pytest
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from shop.core import clock
from shop.payments import queries
from shop.payments.audit import audit_payments
from shop.payments.errors import PayableClosing
from shop.payments.models import Payment, PaymentAttempt, Refund
from shop.payments.rules import OrderMeaning, RefundMeaning
from shop.payments.services import refund_calls, transfer_calls, watching
from shop.payments.services.confirm import confirm_attempt
from shop.payments.services.releasing import begin_closing
from shop.payments.services.wallet_payments import pay_by_wallet
from shop.wechat.inbox import process_due
from shop.wechat.outcomes import Unknown, UnknownReason
from shop.wechat.pay.client import pay_client
from tests.payments.shopper import (
    SYSTEM,
    Shopper,
    attempt_of,
    cash,
    facts,
    payment_of,
    reported,
)
from tests.payments.test_closing import close
from tests.payments.test_incidents import pending, refund_result
from tests.payments.test_transfers import owner, pay_out, result
from tests.shopfloor.models import PURSE, Bill, PurseAccount
from tests.shopfloor.payable import KIND

UNKNOWN = Unknown(UnknownReason.TIMEOUT)


def test_a_number_that_was_paid_meanwhile_is_neither_buried_nor_postponed(shopper: Shopper) -> None:
    bill = shopper.bill()
    shopper.start(bill)
    attempt = attempt_of(bill)
    confirm_attempt(transaction=reported(shopper, bill), source="callback")

    watching._bury(attempt_id=attempt.pk, meaning=OrderMeaning.CLOSED, asked=clock.wall())
    watching._postpone(attempt_id=attempt.pk, answer="NOTPAY", unreachable=True)

    assert (attempt_of(bill).state, attempt_of(bill).due_at) == ("paid", None)
    assert facts(payment_of(bill)) == ("paid", "kept", 1000, 0, 0)


def test_a_refund_is_sent_by_one_worker_only(shopper: Shopper) -> None:
    _payment, refund = pending(shopper)
    first, second = Refund.objects.get(), Refund.objects.get()
    client = pay_client()

    refund_calls._send(client, first)
    refund_calls._send(client, second)

    refund.refresh_from_db()
    assert refund.state == "processing"
    sent = [line for line in shopper.sandbox.log() if refund.number in line["body"]]
    assert len(sent) == 1


def test_an_unknown_answer_after_the_refund_was_settled_changes_nothing(shopper: Shopper) -> None:
    payment, refund = pending(shopper)
    refund_calls.apply_refund_result(result=refund_result(refund), source="callback")

    refund_calls._apply(refund.number, RefundMeaning.ASK, UNKNOWN, sent=True)

    assert facts(payment) == ("paid", "kept", 1000, 400, 400)
    refund.refresh_from_db()
    assert (refund.state, refund.due_at) == ("succeeded", None)


def test_a_transfer_is_sent_by_one_worker_only(shopper: Shopper) -> None:
    transfer = pay_out(shopper)
    client = pay_client()

    transfer_calls._send(client, transfer)
    transfer_calls._send(client, transfer)

    sent = [
        line for line in shopper.sandbox.log() if line["method"] == "POST" and transfer.number in line["body"]
    ]
    assert len(sent) == 1


def test_answers_after_the_transfer_ended_change_nothing(shopper: Shopper) -> None:
    transfer = pay_out(shopper)
    transfer_calls.apply_transfer_result(result=result(transfer, state="SUCCESS"), source="callback")

    transfer_calls._note(number=transfer.number, outcome=UNKNOWN)
    transfer_calls._note_missing(number=transfer.number, asked=clock.now())

    transfer.refresh_from_db()
    assert (transfer.state, transfer.due_at, owner(transfer)) == ("success", None, (1, 0, ""))
    assert cash() == -5000


def test_a_package_that_came_meanwhile_is_not_fetched_again(shopper: Shopper) -> None:
    transfer = pay_out(shopper)
    transfer_calls.advance_transfer(transfer_id=transfer.pk)
    before = len(shopper.sandbox.log())

    transfer_calls._fetch_package(pay_client(), transfer.number)

    assert len(shopper.sandbox.log()) == before


def test_a_leftover_without_number_is_closed_when_the_due_is_paid(shopper: Shopper) -> None:
    """A late payment is kept while a newer payment of the same due has no live number yet."""
    bill = shopper.bill(stock=1)
    shopper.start(bill)
    late = reported(shopper, bill)
    close(bill)
    watching.watch_attempt(attempt_id=attempt_of(bill).pk)
    Bill.objects.update(state="open")
    shopper.start(bill)
    PaymentAttempt.objects.filter(state="open").update(state="refused", due_at=None)

    confirm_attempt(transaction=late, source="callback")

    states = Payment.objects.order_by("pk").values_list("state", "disposition")
    assert list(states) == [("paid", "kept"), ("closed", "")]
    assert list(audit_payments()) == []


def test_nothing_starts_while_a_payment_of_the_due_is_closing(shopper: Shopper) -> None:
    bill = shopper.bill()
    shopper.start(bill)
    begin_closing(payment_of(bill), reason="member")  # whatever the payable says of itself

    with pytest.raises(PayableClosing):
        shopper.start(bill)

    assert PaymentAttempt.objects.count() == 1


def test_refund_and_transfer_callbacks_are_acted_on(
    live_server: LiveServer, settings: Settings, shopper: Shopper
) -> None:
    settings.WECHATPAY_NOTIFY_BASE_URL = live_server.url
    payment, refund = pending(shopper)
    transfer = pay_out(shopper)
    shopper.sandbox.settings(refund_delay_seconds=3600.0)
    refund_calls.advance_refund(refund_id=refund.pk)
    transfer_calls.advance_transfer(transfer_id=transfer.pk)

    shopper.sandbox.refund(refund.number, "SUCCESS")
    shopper.sandbox.transfer(transfer.number, "fail")
    for number in (refund.number, transfer.number):
        for note in shopper.sandbox.notifications(number):
            shopper.sandbox.resend(note["id"], copies=3)
    process_due()

    assert facts(payment) == ("paid", "kept", 1000, 400, 400)
    assert owner(transfer)[:2] == (0, 1)
    assert cash() == 600
    assert list(audit_payments()) == []


def test_what_the_floors_above_read(shopper: Shopper) -> None:
    payment = shopper.paid()
    PurseAccount.objects.create(pk=7)
    PURSE.post(account_id=7, amount=1000, reason="recharge", reference="1")
    bill = shopper.bill()
    pay_by_wallet(actor=shopper.actor, payable_kind=KIND, payable_number=bill.number)
    attempt = PaymentAttempt.objects.get()

    found = queries.kept_payments(payable_kind=KIND, payable_number=payment.payable_number)
    assert list(found) == [payment]
    assert queries.payer_openid(payment=payment) == shopper.openid
    assert queries.merchant_trade_no(payment=payment) == attempt.out_trade_no
    assert queries.payer_openid(payment=payment_of(bill)) == ""
    assert queries.merchant_trade_no(payment=payment_of(bill)) == ""
    assert str(attempt) == attempt.out_trade_no
    assert SYSTEM.key == "system:tests"
