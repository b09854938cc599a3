"""The console's finance pages: who sees them, and what the buttons do."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from shop.core import clock
from shop.core.access import role_group, sync_roles
from shop.core.permissions import Role
from shop.payments.admin.refunds import CardForm
from shop.payments.models import BillFile, CashEntry, Payment, PaymentIncident, Refund, Transfer
from shop.payments.services.confirm import confirm_attempt
from shop.payments.services.refund_calls import advance_refund, apply_refund_result
from shop.payments.services.refunds import request_refund
from tests.payments.shopper import SYSTEM, Shopper, attempt_of, facts, payment_of, reported
from tests.payments.test_incidents import refund_result
from tests.payments.test_transfers import pay_out
from tests.shopfloor.models import Payout

PAGES = ["payment", "refund", "transfer", "paymentincident", "billfile", "cashentry"]


def login(role: str) -> Client:
    sync_roles()
    user = User.objects.create_user(role, password=None, is_staff=True)
    user.groups.add(role_group(Role(role)))
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def press(client: Client, model: str, row: Any, button: str, **data: str) -> Any:
    """Press a button on a record's page and confirm the dialog."""
    path = f"/admin/payments/{model}/{row.pk}/{button}"
    asked = client.get(path, follow=True)
    assert asked.status_code == 200, asked.status_code
    return client.post(asked.request["PATH_INFO"], {"reason": "because", **data})


@pytest.fixture
def everything(shopper: Shopper) -> Shopper:
    """One row on every page."""
    payment = shopper.paid()
    request_refund(actor=SYSTEM, payment_number=payment.number, amount=100, reason="r", reference="a")
    pay_out(shopper)
    bill = shopper.bill()
    shopper.start(bill)
    confirm_attempt(transaction=reported(shopper, bill, amount_total=700), source="query")
    BillFile.objects.create(day=clock.today(), kind="trade")
    return shopper


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("model", PAGES)
def test_every_page_opens(everything: Shopper, model: str, language: str) -> None:
    client = login("finance")

    listed = client.get(f"/admin/payments/{model}/", headers={"accept-language": language})
    assert listed.status_code == 200
    row = listed.context["cl"].result_list[0]
    shown = client.get(f"/admin/payments/{model}/{row.pk}/change/", headers={"accept-language": language})

    assert shown.status_code == 200
    assert everything.openid not in shown.content.decode()


@pytest.mark.parametrize("model", PAGES)
def test_a_clerk_sees_none_of_it(everything: Shopper, model: str) -> None:
    assert login("clerk").get(f"/admin/payments/{model}/").status_code == 403


def test_a_refund_is_pressed_once(shopper: Shopper) -> None:
    client = login("finance")
    payment = shopper.paid()

    for _press in range(2):
        press(client, "payment", payment, "refund", amount="4.00", reference="desk-1")

    assert facts(payment) == ("paid", "kept", 1000, 400, 0)
    assert Refund.objects.get().requested_by.startswith("staff:")


def test_a_large_refund_waits_for_a_second_person(shopper: Shopper) -> None:
    client = login("finance")
    payment = shopper.paid(amount=60_000)

    press(client, "payment", payment, "refund", amount="500.00", reference="desk-1")

    assert facts(payment) == ("paid", "kept", 60_000, 0, 0)


def test_asking_wechat_finds_a_payment(shopper: Shopper) -> None:
    bill = shopper.bill()
    started = shopper.start(bill)
    shopper.pay_at_wechat(started.wechat)

    press(login("service"), "payment", payment_of(bill), "ask-wechat")

    assert facts(payment_of(bill)) == ("paid", "kept", 1000, 0, 0)


def test_the_buttons_of_a_refund(shopper: Shopper) -> None:
    client = login("finance")
    payment = shopper.paid()
    ticket = request_refund(
        actor=SYSTEM, payment_number=payment.number, amount=1000, reason="r", reference="a"
    )
    assert ticket.refund is not None
    refund = ticket.refund
    press(client, "refund", refund, "ask-wechat")
    refund.refresh_from_db()
    assert refund.state == "processing"

    apply_refund_result(result=refund_result(refund, status="CLOSED"), source="callback")
    press(client, "refund", refund, "retry-closed")
    successor = Refund.objects.get(predecessor=refund)
    Refund.objects.filter(pk=successor.pk).update(state="failed", due_at=None)
    press(client, "refund", successor, "retry-failed")
    successor.refresh_from_db()
    assert successor.state == "pending"

    Refund.objects.filter(pk=successor.pk).update(state="failed", due_at=None)
    press(client, "refund", successor, "give-up")
    assert facts(payment) == ("paid", "kept", 1000, 0, 0)


def test_a_card_needs_all_its_fields(shopper: Shopper) -> None:
    client = login("finance")
    payment = shopper.paid()
    ticket = request_refund(
        actor=SYSTEM, payment_number=payment.number, amount=1000, reason="r", reference="a"
    )
    assert ticket.refund is not None
    refund = ticket.refund
    shopper.sandbox.settings(refund_delay_seconds=0.0)
    shopper.sandbox.refund(refund.number, "ABNORMAL")
    for _step in ("send", "ask"):
        advance_refund(refund_id=refund.pk)
    refund.refresh_from_db()
    assert refund.state == "abnormal"

    missing = press(client, "refund", refund, "to-card", kind="USER_BANK_CARD")
    assert missing.status_code == 200
    assert "Needed for the payer" in missing.content.decode()
    card = {"bank_type": "ICBC_DEBIT", "bank_account": "6222020000000000", "real_name": "张三"}
    press(client, "refund", refund, "to-card", kind="USER_BANK_CARD", **card)
    advance_refund(refund_id=refund.pk)

    refund.refresh_from_db()
    assert refund.state == "succeeded"


def test_the_buttons_of_a_transfer(shopper: Shopper) -> None:
    client = login("finance")
    transfer = pay_out(shopper)
    press(client, "transfer", transfer, "ask-wechat")
    transfer.refresh_from_db()
    assert transfer.state == "wait_user_confirm"

    Transfer.objects.update(state="refused", due_at=None)
    press(client, "transfer", transfer, "retry-refused")
    transfer.refresh_from_db()
    assert transfer.state == "new"

    Transfer.objects.update(sent_at=None, debited=False)
    press(client, "transfer", transfer, "take-back")
    assert Payout.objects.get().returned == 1


def test_the_buttons_of_an_incident(shopper: Shopper) -> None:
    client = login("finance")
    for _bill in range(2):
        bill = shopper.bill()
        shopper.start(bill)
        confirm_attempt(transaction=reported(shopper, bill, amount_total=700), source="query")
    first, second = PaymentIncident.objects.order_by("pk")

    press(client, "paymentincident", first, "refund")
    press(client, "paymentincident", second, "dismiss")

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("refunded", "dismissed")
    assert Payment.objects.filter(disposition="unmatched").count() == 1
    assert attempt_of(bill).state == "disputed"


def test_asking_about_nothing_is_not_found(shopper: Shopper) -> None:
    from shop.core.errors import NotFound
    from shop.payments.services.requerying import query_payment, query_refund, query_transfer

    for query in (query_payment, query_refund, query_transfer):
        with pytest.raises(NotFound):
            query(actor=SYSTEM, number="NONE")


def test_the_merchants_own_account_needs_no_card() -> None:
    assert CardForm({"kind": "MERCHANT_BANK_CARD"}).is_valid()
    assert not CardForm({"kind": "USER_BANK_CARD", "bank_type": "ICBC_DEBIT"}).is_valid()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "WeChat shows this to the payer, word for word (the first 80 characters)."),
        ("zh-hans", "微信会将此内容原样展示给付款人（前 80 个字符）"),
    ],
)
def test_refund_dialogs_say_that_the_payer_reads_the_reason(
    everything: Shopper, language: str, words: str
) -> None:
    client = login("finance")
    shown = {
        model: client.get(
            f"/admin/payments/{model}/{row.pk}/refund", headers={"accept-language": language}, follow=True
        ).content.decode()
        for model, row in (
            ("payment", Payment.objects.filter(state="paid").latest("pk")),
            ("paymentincident", PaymentIncident.objects.get()),
        )
    }
    assert {model for model, text in shown.items() if words not in text} == set()


def test_records_say_in_words_what_they_hold_as_codes(everything: Shopper) -> None:
    client = login("finance")
    refund = Refund.objects.get()
    text = client.get(f"/admin/payments/refund/{refund.pk}/change/").content.decode()
    assert SYSTEM.key not in text
    entry = CashEntry.objects.filter(reason="capture").latest("pk")
    page = client.get(f"/admin/payments/cashentry/{entry.pk}/change/")
    assert page.context["subtitle"] == f"Payment received {entry.reference}"
    text = page.content.decode()
    assert f"¥{entry.amount // 100}.{entry.amount % 100:02}" in text
    assert entry.account.mchid in text
