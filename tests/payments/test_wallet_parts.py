"""A part from the wallet: held when a payable is placed, kept when it is paid, returned when it closes."""

import pytest
from django.db import IntegrityError

from shop.core.errors import InsufficientBalance, NotFound
from shop.core.models import OutboxEvent
from shop.payments.audit import audit_payments
from shop.payments.errors import PaymentNotPaid
from shop.payments.models import Payment, Refund
from shop.payments.services.refunds import request_refund
from shop.payments.services.wallet_parts import hold_wallet_part, keep_wallet_part, return_wallet_part
from tests.payments.shopper import SYSTEM, facts
from tests.shopfloor.models import PURSE, PurseAccount

pytestmark = pytest.mark.django_db
BILL = {"payable_kind": "bill", "payable_number": "BILL1"}


@pytest.fixture(autouse=True)
def purse_with_15(db: None) -> None:
    PurseAccount.objects.create(pk=7)
    PURSE.post(account_id=7, amount=1500, reason="recharge", reference="1")


def hold(amount: int = 600) -> Payment:
    return hold_wallet_part(member_id=7, amount=amount, payable_kind="bill", payable_number="BILL1")


def purse() -> int:
    return int(PurseAccount.objects.get().balance)


def test_a_held_part_is_out_of_the_wallet_and_nobodys_to_refund() -> None:
    part = hold()

    assert facts(part) == ("paid", "held", 600, 0, 0)
    assert (part.part, part.method, purse()) == ("wallet", "wallet", 900)
    with pytest.raises(PaymentNotPaid):
        request_refund(actor=SYSTEM, payment_number=part.number, amount=1, reason="r", reference="r")
    with pytest.raises(IntegrityError):
        hold()


def test_too_little_holds_nothing() -> None:
    with pytest.raises(InsufficientBalance):
        hold(1501)

    assert (purse(), Payment.objects.count()) == (1500, 0)


def test_a_kept_part_is_refunded_like_any_payment() -> None:
    part = hold()

    assert keep_wallet_part(**BILL) == 600

    assert facts(part) == ("paid", "kept", 600, 0, 0)
    assert OutboxEvent.objects.get(name="payments.payment_succeeded").payload["part"] == "wallet"
    request_refund(actor=SYSTEM, payment_number=part.number, amount=200, reason="r", reference="r")
    assert facts(part) == ("paid", "kept", 600, 200, 200)
    assert (purse(), return_wallet_part(reason="late", **BILL)) == (1100, 0)
    with pytest.raises(NotFound):
        keep_wallet_part(**BILL)
    assert list(audit_payments()) == []


def test_a_returned_part_is_in_the_wallet_again_once() -> None:
    part = hold()

    assert return_wallet_part(reason="expired", **BILL) == 600
    assert return_wallet_part(reason="expired", **BILL) == 0

    assert facts(part) == ("paid", "returned", 600, 600, 600)
    assert (part.closing_reason, purse(), Refund.objects.count()) == ("expired", 1500, 1)
    again = hold()
    assert facts(again) == ("paid", "held", 600, 0, 0)
    assert list(audit_payments()) == []


def test_only_a_wallet_part_can_be_held_or_returned() -> None:
    part = hold()
    with pytest.raises(IntegrityError):
        Payment.objects.filter(pk=part.pk).update(method="wechat")


def test_the_audit_finds_a_part_that_was_not_given_back() -> None:
    part = hold()
    Payment.objects.filter(pk=part.pk).update(disposition="returned")
    assert [finding.kind for finding in audit_payments()] == ["unpromised_return"]
