"""Paying by wallet: one transaction there, one back."""

import pytest

from shop.core.errors import InsufficientBalance, WechatBusy
from shop.core.models import OutboxEvent
from shop.payments.audit import audit_payments
from shop.payments.errors import AlreadyPaid, PayableClosed, WalletUnavailable
from shop.payments.models import Payment, Refund
from shop.payments.services.refunds import request_refund
from shop.payments.services.starting import StartedPayment
from shop.payments.services.wallet_payments import pay_by_wallet
from tests.payments.shopper import SYSTEM, Shopper, attempt_of, cash, facts, in_threads, payment_of
from tests.shopfloor import subscriptions
from tests.shopfloor.models import PURSE, Bill, PurseAccount
from tests.shopfloor.payable import KIND, BillHandler


@pytest.fixture
def rich(shopper: Shopper) -> Shopper:
    PurseAccount.objects.create(pk=shopper.member_id)
    PURSE.post(account_id=shopper.member_id, amount=1500, reason="recharge", reference="1")
    return shopper


def pay(shopper: Shopper, bill: Bill) -> StartedPayment:
    return pay_by_wallet(actor=shopper.actor, payable_kind=KIND, payable_number=bill.number)


def purse() -> int:
    return int(PurseAccount.objects.get().balance)


def test_a_wallet_pays_and_gets_its_refund_at_once(rich: Shopper) -> None:
    bill = rich.bill()

    done = pay(rich, bill)

    payment = payment_of(bill)
    assert (done.number, done.method, done.amount, done.status) == (payment.number, "wallet", 1000, "paid")
    assert done.wechat is None
    assert facts(payment) == ("paid", "kept", 1000, 0, 0)
    assert (purse(), cash()) == (500, 0)
    bill.refresh_from_db()
    assert (bill.state, bill.confirmed) == ("paid", 1)

    request_refund(actor=SYSTEM, payment_number=payment.number, amount=300, reason="r", reference="a")

    assert facts(payment) == ("paid", "kept", 1000, 300, 300)
    assert (purse(), cash()) == (800, 0)
    assert Refund.objects.get().state == "succeeded"
    assert OutboxEvent.objects.filter(name="payments.refund_succeeded").count() == 1
    assert list(audit_payments()) == []


def test_too_little_in_the_wallet_changes_nothing(rich: Shopper) -> None:
    bill = rich.bill(amount=1501)

    with pytest.raises(InsufficientBalance):
        pay(rich, bill)

    assert (purse(), Payment.objects.count()) == (1500, 0)


def test_the_wallet_is_debited_once_by_twenty_at_once(rich: Shopper) -> None:
    bill = rich.bill()

    results = in_threads(20, lambda: pay(rich, bill))

    assert sum(isinstance(result, StartedPayment) for result in results) == 1
    assert sum(isinstance(result, AlreadyPaid) for result in results) == 19
    assert purse() == 500


def test_an_open_wechat_number_is_closed_before_the_wallet_pays(rich: Shopper) -> None:
    bill = rich.bill()
    started = rich.start(bill)

    pay(rich, bill)

    assert attempt_of(bill).state == "closed"
    assert facts(payment_of(bill)) == ("paid", "kept", 1000, 0, 0)
    assert payment_of(bill).method == "wallet"
    assert started.wechat is not None
    rich.sandbox.pay(dict(started.wechat), expect=409)


def test_a_wechat_number_that_was_paid_leaves_the_wallet_alone(rich: Shopper) -> None:
    bill = rich.bill()
    started = rich.start(bill)
    rich.pay_at_wechat(started.wechat)

    with pytest.raises(AlreadyPaid):
        pay(rich, bill)

    assert (purse(), cash()) == (1500, 1000)


def test_while_the_number_cannot_be_closed_the_wallet_waits(rich: Shopper) -> None:
    bill = rich.bill()
    rich.start(bill)
    rich.sandbox.offline()

    with pytest.raises(WechatBusy):
        pay(rich, bill)

    assert purse() == 1500
    assert facts(payment_of(bill)) == ("open", "", 0, 0, 0)


def test_a_payable_that_refuses_leaves_the_wallet_alone(
    rich: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    bill = rich.bill()
    monkeypatch.setattr(BillHandler, "_objection", lambda *_: "sold_out")

    with pytest.raises(PayableClosed):
        pay(rich, bill)

    assert (purse(), Payment.objects.count()) == (1500, 0)


def test_a_shop_without_wallet_says_so(rich: Shopper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "WALLET", None)

    with pytest.raises(WalletUnavailable):
        pay(rich, rich.bill())

    assert Payment.objects.count() == 0
