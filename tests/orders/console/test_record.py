"""The order page: what it shows to whom, and what its buttons do."""

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.models import Order, OrderEvent
from orders.services.shipping import Portion, ship_order
from shop.core.models import AuditEntry
from shop.payments.jobs import advance_refunds
from shop.payments.models import Payment, Refund
from tests.admin_ui.conftest import Login
from tests.catalog.factories import SYSTEM, make_sku
from tests.orders.buyer import Buyer, attempt_of, counters, fresh, settle, standing, timeline
from tests.orders.console.orders import any_order, page, press, record

pytestmark = pytest.mark.django_db(transaction=True)
SECRETS = ("王小明", "13812345678", "人民大道185号")


def orders_audited() -> QuerySet[AuditEntry]:
    """Return what the audit record says about orders; making goods leaves traces too."""
    return AuditEntry.objects.filter(action__startswith="orders.")


def buttons(login: Login, order: Order, role: str) -> list[str]:
    """Return the buttons on the order's page for a role, by the last part of their address."""
    answer = login(role).get(reverse("admin:orders_order_change", args=[order.pk]))
    assert answer.status_code == 200
    return [button["path"].rstrip("/").split("/")[-1] for button in answer.context["buttons"]]


def test_a_paid_order_with_its_money_and_its_goods(login: Login, payer: Buyer) -> None:
    sku, cup = make_sku(price=5900, title="凤凰单丛"), make_sku(price=100, title="建盏")
    order = payer.paid((sku, 2), (cup, 3), note="请包好")
    ship_order(
        actor=SYSTEM,
        number=order.number,
        carrier="SF",
        tracking="SF1234567890123",
        lines=[Portion(order.lines.get(sku=cup).pk, 2)],
    )
    attempt = attempt_of(order)

    answer = login("owner", language="en").get(reverse("admin:orders_order_change", args=[order.pk]))

    text = answer.content.decode()
    for words in (
        order.number,
        "顺丰速运",
        "SF1234567890123",
        "请包好",
        attempt.out_trade_no,
        str(attempt.transaction_id),
        attempt.payment.number,
        sku.code,
        "王**",
        "138****5678",
        "partly shipped",
        "awaiting shipment → partly shipped",
    ):
        assert words in text, words
    for secret in SECRETS:
        assert secret not in text
    shown = answer.context["record"]
    assert [(one.line.sku_id, one.quantity) for one in shown.unsent] == [(sku.pk, 2), (cup.pk, 1)]
    assert [[one.quantity for one in parcel.portions] for parcel in shown.parcels] == [[2]]
    assert (shown.net, shown.returning) == (12100, 0)
    assert [event.kind for event in shown.events] == ["shipped", "paid", "placed"]
    assert answer.context["alerts"] == []


def test_payments_are_for_those_who_may_see_them(login: Login, payer: Buyer) -> None:
    order = payer.paid((make_sku(), 1))
    number = attempt_of(order).out_trade_no
    for role, sees in (("warehouse", False), ("clerk", False), ("service", True), ("finance", True)):
        text = record(login(role), order)
        assert (number in text) is sees, role
        assert "¥67.00" in text


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"status": "pending_payment"}, ["note", "cancel"]),
        ({"status": "closing"}, ["note", "cancel"]),
        ({"status": "awaiting_shipment"}, ["ship", "note", "cancel"]),
        ({"status": "awaiting_shipment", "after_sale_status": "open"}, ["note"]),
        ({"status": "awaiting_pickup"}, ["hand-over", "note", "cancel"]),
        ({"status": "partly_shipped"}, ["ship", "note"]),
        ({"status": "shipped"}, ["confirm", "note"]),
        ({"status": "received"}, ["note"]),
        ({"status": "closed"}, ["note"]),
    ],
)
def test_buttons_follow_the_state(login: Login, fields: dict[str, str], expected: list[str]) -> None:
    assert buttons(login, any_order(**fields), "owner") == expected


def test_buttons_follow_the_role(login: Login) -> None:
    order = any_order(status="awaiting_shipment")
    assert {role: buttons(login, order, role) for role in ("warehouse", "service", "finance", "auditor")} == {
        "warehouse": ["ship", "note"],
        "service": ["note", "cancel"],
        "finance": [],
        "auditor": [],
    }


@pytest.mark.parametrize("button", ["cancel", "confirm", "hand-over", "note", "comment", "ship"])
def test_whoever_lacks_the_permission_changes_nothing(login: Login, buyer: Buyer, button: str) -> None:
    sku = make_sku(stock=4)
    order = buyer.placed((sku, 3))
    browser = login("auditor")
    path = f"/admin/orders/order/{order.pk}/{button}/"
    data = {"reason": "x", "seen": "x", "code": "x", "note": "x", "former": "", "text": "x", "key": "x"}
    if button == "ship":
        path = reverse("admin:ship_order", args=[order.pk])
    assert browser.get(path).status_code == 403
    assert browser.post(path, data).status_code == 403
    assert standing(order) == ("pending_payment", "unpaid")
    assert (counters(sku), timeline(order)) == ((4, 3), ["placed"])
    assert orders_audited().count() == 0


def test_the_page_saves_nothing_and_knows_no_absent_order(login: Login) -> None:
    order = any_order(status="shipped")
    browser = login("owner")
    path = reverse("admin:orders_order_change", args=[order.pk])
    assert browser.post(path, {"status": "completed"}).status_code == 403
    assert fresh(order).status == "shipped"
    assert browser.get(reverse("admin:orders_order_change", args=[999999])).status_code == 302
    assert browser.get("/admin/orders/order/nonsense/change/").status_code == 302


def test_neighbours(login: Login) -> None:
    first, middle, last = (any_order(number=f"N{place}") for place in range(3))
    browser = login("owner")

    def around(order: Order) -> tuple[str, str]:
        context = browser.get(reverse("admin:orders_order_change", args=[order.pk])).context
        return context["older"], context["newer"]

    def address(order: Order) -> str:
        return reverse("admin:orders_order_change", args=[order.pk])

    assert around(first) == ("", address(middle))
    assert around(middle) == (address(first), address(last))
    assert around(last) == (address(middle), "")


def test_queries_of_the_page_do_not_grow(login: Login, payer: Buyer) -> None:
    browser = login("owner")
    small = payer.paid((make_sku(), 1))
    large = payer.paid(*((make_sku(), 2) for _sku in range(6)))
    for place, line in enumerate(large.lines.all()):
        ship_order(
            actor=SYSTEM,
            number=large.number,
            carrier="SF",
            tracking=f"SF000{place}",
            lines=[Portion(line.pk, 1)],
        )
    ship_order(actor=SYSTEM, number=small.number, carrier="SF", tracking="SF1000", lines=None)
    record(browser, small)
    with CaptureQueriesContext(connection) as few:
        record(browser, small)
    with CaptureQueriesContext(connection) as many:
        record(browser, large)
    assert len(many) == len(few) <= 32


def test_cancelling_a_paid_order_says_what_goes_back_and_sends_it_once(login: Login, payer: Buyer) -> None:
    sku = make_sku(stock=4)
    order = payer.paid((sku, 1))
    browser = login("service", language="en")
    path = f"/admin/orders/order/{order.pk}/cancel/"
    dialog = browser.get(path)
    assert "¥67.00 goes back to the payer" in dialog.content.decode()
    seen = dialog.context["form"]["seen"].value()
    assert browser.post(path, {"seen": seen, "reason": ""}).status_code == 200
    assert standing(order) == ("awaiting_shipment", "paid")

    first = browser.post(path, {"seen": seen, "reason": "缺货"})
    second = browser.post(path, {"seen": seen, "reason": "缺货"})

    assert first.status_code == 302
    assert "The order has changed meanwhile" in second.content.decode()
    assert "缺货" in second.content.decode()
    assert standing(order) == ("closed", "paid")
    assert Refund.objects.get().amount == 6700
    assert counters(sku) == (4, 0)
    entry = AuditEntry.objects.get(action="orders.cancel_order")
    assert (entry.actor_label, entry.reason) == ("service", "缺货")
    settle()
    advance_refunds()
    text = record(browser, order)
    assert "¥67.00 is promised back and not yet with the payer." in text
    assert Refund.objects.get().number in text


def test_an_unpaid_order_is_cancelled_without_money(login: Login, buyer: Buyer) -> None:
    order = buyer.placed((make_sku(), 1))
    browser = login("service", language="en")
    path = f"/admin/orders/order/{order.pk}/cancel/"
    assert "Nothing has been paid." in browser.get(path).content.decode()
    assert press(browser, order, "cancel", reason="买家电话取消").status_code == 302
    assert standing(order) == ("closed", "unpaid")
    assert Payment.objects.count() == 0


def test_a_payment_that_comes_in_while_staff_cancel_is_not_sent_back_unasked(
    login: Login, payer: Buyer
) -> None:
    order = payer.placed((make_sku(), 1))
    payer.pay_at_wechat(order)

    answer = press(login("service", language="en"), order, "cancel", reason="买家电话取消")

    assert "The payment has come in meanwhile." in answer.content.decode()
    assert "¥67.00 goes back to the payer" in answer.content.decode()
    assert standing(order) == ("awaiting_shipment", "paid")
    assert Refund.objects.count() == 0


def test_a_refund_that_stops_is_the_first_thing_on_the_page(login: Login, payer: Buyer) -> None:
    order = payer.paid((make_sku(), 1))
    press(login("service"), order, "cancel", reason="缺货")
    refund = Refund.objects.get()
    Refund.objects.update(state="abnormal", due_at=None)

    finance = login("finance", language="en").get(reverse("admin:orders_order_change", args=[order.pk]))
    clerk = login("clerk", language="en").get(reverse("admin:orders_order_change", args=[order.pk]))

    link = reverse("admin:payments_refund_change", args=[refund.pk])
    first = finance.context["alerts"][0]
    assert (first.variant, first.url) == ("danger", link)
    assert first.text.startswith("Refund of ¥67.00 goes no further")
    assert clerk.context["alerts"][0].url == ""
    assert link not in clerk.content.decode()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": "awaiting_shipment"}, "The order has no delivery address."),
        ({"status": "shipped", "after_sale_status": "open", "delivery": "pickup"}, "An after-sale is open"),
        ({"status": "closing", "delivery": "pickup"}, "Being closed"),
    ],
)
def test_alerts_of_the_order_itself(login: Login, fields: dict[str, str], words: str) -> None:
    answer = login("owner", language="en").get(
        reverse("admin:orders_order_change", args=[any_order(**fields).pk])
    )
    assert [words in alert.text for alert in answer.context["alerts"]] == [True]


def test_a_reminder_is_an_alert(login: Login, payer: Buyer) -> None:
    order = payer.paid((make_sku(), 1))
    assert payer.phone.post(f"/orders/{order.number}/remind").status_code == 200
    assert "The member asked for shipment on" in record(login("warehouse", language="en"), order)


def test_receipt_is_confirmed_for_the_member_with_a_reason(login: Login, payer: Buyer) -> None:
    order = payer.paid((make_sku(), 1))
    ship_order(actor=SYSTEM, number=order.number, carrier="SF", tracking="SF100001")
    browser = login("service")
    assert press(browser, order, "confirm", reason="").status_code == 200
    assert standing(order)[0] == "shipped"
    assert press(browser, order, "confirm", reason="来电确认").status_code == 302
    assert standing(order)[0] == "received"
    assert AuditEntry.objects.get(action="orders.confirm_receipt").reason == "来电确认"
    assert "来电确认" in record(browser, order)


def test_a_note_replaces_only_the_one_that_was_read(login: Login) -> None:
    order = any_order(status="shipped")
    browser = login("service", language="en")
    path = f"/admin/orders/order/{order.pk}/note/"
    assert browser.post(path, {"note": "先\r\n打电话", "former": ""}).status_code == 302
    assert fresh(order).staff_note == "先\n打电话"

    late = browser.post(path, {"note": "不要打电话", "former": ""})

    assert fresh(order).staff_note == "先\n打电话"
    for words in ("A colleague has changed the note.", "先\n打电话", "不要打电话"):
        assert words in late.content.decode()
    again = late.context["form"]["former"].value()
    assert browser.post(path, {"note": "不要打电话", "former": again}).status_code == 302
    assert fresh(order).staff_note == "不要打电话"


def test_a_comment_stays_is_written_once_and_is_for_staff(login: Login, buyer: Buyer) -> None:
    order = buyer.placed((make_sku(), 1))
    browser = login("warehouse")
    back = reverse("admin:orders_order_change", args=[order.pk])
    key = browser.get(back).context["comment_form"]["key"].value()
    path = f"/admin/orders/order/{order.pk}/comment/"
    data = {"text": "等顺丰取件 <b>", "key": key, "back": back}

    answers = [browser.post(path, data) for _press in range(2)]

    assert [answer.headers["Location"] for answer in answers] == [back, back]
    event = OrderEvent.objects.get(kind="comment")
    assert (event.data["text"], event.actor_label, event.is_public) == ("等顺丰取件 <b>", "warehouse", False)
    assert "等顺丰取件 &lt;b&gt;" in record(browser, order)
    assert "等顺丰取件" not in buyer.show(order).content.decode()
    assert browser.post(path, {**data, "text": " "}).status_code == 200
    elsewhere = browser.post(path, {**data, "back": "https://elsewhere.example/"})
    assert elsewhere.headers["Location"] == "/admin/orders/order/"


def test_the_address_is_shown_with_a_reason_and_on_the_record(login: Login, buyer: Buyer) -> None:
    order = buyer.placed((make_sku(), 1))
    browser = login("warehouse")
    path = reverse("admin:reveal_order", args=[order.pk])
    for text in (
        browser.get(path).content.decode(),
        browser.post(path, {"reason": " "}).content.decode(),
        browser.post(path, {"reason": " "}, headers={"HX-Request": "true"}).content.decode(),
    ):
        for secret in SECRETS:
            assert secret not in text
    assert orders_audited().count() == 0

    shown = browser.post(path, {"reason": "打印面单"}, headers={"HX-Request": "true"})

    for secret in SECRETS:
        assert secret in shown.content.decode()
    entry = orders_audited().get()
    assert (entry.action, entry.actor_label, entry.reason) == ("orders.see_address", "warehouse", "打印面单")
    assert "13812345678" not in str((entry.before, entry.after))
    assert login("clerk").post(path, {"reason": "x"}).status_code == 403
    assert browser.post(reverse("admin:reveal_order", args=[999999]), {"reason": "x"}).status_code == 404
    assert orders_audited().count() == 1


def test_the_packing_slip_is_masked_until_it_is_asked_for_on_the_record(login: Login, buyer: Buyer) -> None:
    order = buyer.placed((make_sku(title="凤凰单丛"), 3), note="请包好")
    path = reverse("admin:packing_slip", args=[order.pk])
    clerk, keeper = login("clerk"), login("warehouse")
    masked = page(keeper, "packing_slip", order.pk)
    for words in (order.number, "凤凰单丛", "请包好", "138****5678"):
        assert words in masked
    assert clerk.post(path).status_code == 403
    assert orders_audited().count() == 0
    full = keeper.post(path).content.decode()
    for secret in SECRETS:
        assert secret in full
    assert orders_audited().get().action == "orders.see_address"
    assert keeper.get(reverse("admin:packing_slip", args=[999999])).status_code == 404


def test_members_and_payments_lead_to_the_order_and_back(login: Login, payer: Buyer) -> None:
    order = payer.paid((make_sku(), 1))
    payment = attempt_of(order).payment
    press(login("service"), order, "cancel", reason="缺货")
    link = reverse("admin:orders_order_change", args=[order.pk])
    owner = login("owner")
    for name, pk in (
        ("members_member_change", payer.member.pk),
        ("payments_payment_change", payment.pk),
        ("payments_refund_change", Refund.objects.get().pk),
    ):
        assert link in page(owner, name, pk), name
    text = record(owner, order)
    assert reverse("admin:payments_payment_change", args=[payment.pk]) in text
    assert reverse("admin:members_member_change", args=[payer.member.pk]) in text
    assert reverse("admin:members_member_change", args=[payer.member.pk]) not in record(
        login("warehouse"), order
    )
