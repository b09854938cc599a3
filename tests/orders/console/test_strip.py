"""The strip above an order: money that came too late, twice, or in another amount."""

from typing import Any

import pytest
from django.urls import reverse

from orders.admin.alerts import Alert
from orders.models import Order, OrderEvent
from orders.queries.record import order_record
from shop.core import clock
from shop.payments.models import Payment, PaymentAttempt, PaymentIncident
from tests.admin_ui.conftest import Login
from tests.orders.console.orders import any_order, page

pytestmark = pytest.mark.django_db


def received(order: Order, disposition: str, *, refunded: int = 0, number: str = "P1") -> Payment:
    return Payment.objects.create(
        number=number,
        payable_kind="order",
        payable_number=order.number,
        member_id=order.member_id,
        state="paid",
        disposition=disposition,
        amount=500,
        captured=500,
        refund_committed=refunded,
        refunded=refunded,
        created_at=clock.now(),
    )


def event(order: Order, kind: str, **fields: Any) -> None:
    OrderEvent.objects.create(
        order=order, kind=kind, actor_kind="system", actor_label="payments", at=clock.now(), **fields
    )


def strip(login: Login, order: Order, role: str = "finance") -> list[Alert]:
    browser = login(role, language="en")
    alerts: list[Alert] = browser.get(reverse("admin:orders_order_change", args=[order.pk])).context["alerts"]
    return alerts


@pytest.mark.parametrize(
    ("disposition", "reason", "refunded", "variant", "words"),
    [
        ("late", "sold_out", 0, "warning", "¥5.00 came too late and the goods were gone"),
        ("late", "price_changed", 200, "warning", "goes back: so far ¥2.00."),
        ("late", "sold_out", 500, "info", "so far ¥5.00."),
        ("duplicate", "", 0, "warning", "The member paid twice; the second ¥5.00 goes back"),
    ],
)
def test_money_that_cannot_be_kept(
    login: Login, disposition: str, reason: str, refunded: int, variant: str, words: str
) -> None:
    order = any_order(status="closed", delivery="pickup")
    received(order, disposition, refunded=refunded)
    event(order, "payment_returned", reason=reason)

    (alert,) = strip(login, order)

    assert (alert.variant, words in alert.text) == (variant, True), alert.text


def test_an_order_that_was_revived_says_so(login: Login) -> None:
    order = any_order(status="awaiting_pickup", delivery="pickup")
    received(order, "kept")
    event(order, "paid_late", from_status="closed", to_status="awaiting_pickup")
    assert [alert.text for alert in strip(login, order)] == [
        "The payment came after the order was closed; its goods were reserved again."
    ]
    assert "closed → awaiting pick-up" in page(login("owner", language="en"), "orders_order_change", order.pk)


def test_an_incident_is_red_leads_to_finance_and_is_trouble(login: Login) -> None:
    order = any_order(status="pending_payment", delivery="pickup")
    now = clock.now()
    payment = Payment.objects.create(
        number="P1",
        payable_kind="order",
        payable_number=order.number,
        member_id=order.member_id,
        amount=500,
        created_at=now,
    )
    attempt = PaymentAttempt.objects.create(
        payment=payment,
        out_trade_no="T1",
        appid="a",
        mchid="m",
        amount=500,
        description="d",
        openid="o",
        notify_url="n",
        time_expire=now,
        prepay_deadline=now,
        state="disputed",
        created_at=now,
    )
    incident = PaymentIncident.objects.create(
        kind="amount", number="T1", attempt=attempt, amount=700, source="query", created_at=now
    )
    link = reverse("admin:payments_paymentincident_change", args=[incident.pk])

    (seen,) = strip(login, order)
    (masked,) = strip(login, order, "clerk")

    assert (seen.variant, seen.url, masked.url) == ("danger", link, "")
    assert seen.text == "WeChat contradicts our books: Another amount (¥7.00). Finance decides."
    listed = login("owner").get(reverse("admin:orders_order_changelist") + "?tab=trouble")
    assert [one.pk for one in listed.context["cl"].result_list] == [order.pk]
    assert reverse("admin:orders_order_change", args=[order.pk]) in page(
        login("finance", "other"), "payments_paymentincident_change", incident.pk
    )
    PaymentIncident.objects.update(state="dismissed")
    assert order_record(order).incidents == []


def test_people_and_causes_are_words_not_codes(login: Login) -> None:
    order = any_order(status="closed", delivery="pickup")
    event(order, "closed", reason="expired", from_status="pending_payment", to_status="closed")
    OrderEvent.objects.create(order=order, kind="paid", actor_kind="wechat", actor_label="x", at=clock.now())
    OrderEvent.objects.create(
        order=order,
        kind="payment_returned",
        actor_kind="system",
        actor_label="payments",
        data={"payment": "PX", "amount": 500},
        at=clock.now(),
    )
    text = page(login("owner", language="en"), "orders_order_change", order.pk)
    for words in ("not paid in time", "WeChat · ", "The shop itself · ", "Payment PX", "¥5.00"):
        assert words in text, words
