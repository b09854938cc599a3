"""Codes in words: for staff in their language, for the payer in Chinese."""

import json

import pytest
from django.test import Client
from django.utils import translation

from members.cards.services.refunding import GIFT_BACK
from members.points.wording import reason_text as points_reason
from members.tiers.services.issuing import REASON as TIER_GIFT
from members.wallet.services.refunding import REFUND
from members.wallet.wording import reason_text as wallet_reason
from shop.payments.models import CashAccount, CashEntry, Refund
from shop.payments.services.cash import post_cash
from shop.payments.services.refund_calls import advance_refund
from shop.payments.services.refunds import request_refund
from shop.payments.wording import reason_for_payer, refund_reason
from shop.subscriptions import PAYABLES
from tests.payments.shopper import SYSTEM, Shopper
from tests.payments.test_admin import login


def test_the_payer_reads_chinese_and_staff_their_own_language() -> None:
    with translation.override("en"):
        assert refund_reason("cancelled") == "Order cancelled"
        assert reason_for_payer("cancelled") == "订单已取消"
        assert reason_for_payer("包装破损") == "包装破损"
        assert refund_reason("") == ""


@pytest.mark.parametrize("reason", [GIFT_BACK, REFUND])
def test_reasons_of_other_rooms_are_in_words(reason: str) -> None:
    assert refund_reason(reason) != reason


def test_gifts_of_tiers_are_in_words() -> None:
    assert wallet_reason(TIER_GIFT) != TIER_GIFT
    assert points_reason(TIER_GIFT) != TIER_GIFT


def _refund(shopper: Shopper) -> str:
    """The shop itself sends money back."""
    ticket = request_refund(
        actor=SYSTEM,
        payment_number=shopper.paid().number,
        amount=400,
        reason="cancelled",
        reference="r1",
    )
    assert ticket.refund is not None
    return str(ticket.refund.number)


def test_the_lists_show_words(shopper: Shopper) -> None:
    number = _refund(shopper)
    post_cash(mchid=CashAccount.objects.get().mchid, amount=-400, reason="refund", reference=number)
    browser: Client = login("finance")
    for page, words in (
        ("payment", "bill"),
        ("refund", "Order cancelled"),
        ("cashentry", "Payment received"),
    ):
        assert words in browser.get(f"/admin/payments/{page}/").content.decode()
    kept = browser.get("/admin/payments/cashentry/?reason=refund").content.decode()
    captured = CashEntry.objects.get(reason="capture").reference
    assert (number in kept, captured in kept) == (True, False)
    assert browser.get("/admin/payments/payment/?payable_kind=nonsense").status_code == 200
    assert set(PAYABLES) == {"order", "recharge", "card"}


def test_wechat_tells_the_payer_in_chinese(shopper: Shopper) -> None:
    number = _refund(shopper)
    advance_refund(refund_id=Refund.objects.get(number=number).pk)
    bodies = [line["body"] for line in shopper.sandbox.log() if number in line["body"]]
    assert [json.loads(body)["reason"] for body in bodies] == ["订单已取消"]
