"""The shipping page: parcels by line and quantity, refusals at their fields, nothing sent twice."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from orders.models import Order, Shipment, ShipmentLine
from orders.services.cancelling import cancel_order
from orders.services.locking import standing_of
from orders.services.shipping import Parcel, Portion, ship_order, ship_parcels
from shop.core.errors import ShopError
from shop.core.models import AuditEntry
from tests.admin_ui.conftest import Login
from tests.catalog.factories import SYSTEM, make_sku
from tests.orders.buyer import Buyer, counters, fresh, standing, timeline
from tests.orders.console.orders import any_order, packed, page, press
from tests.orders.test_quote import make_store

pytestmark = pytest.mark.django_db(transaction=True)


def parcels_of(order: Order) -> list[tuple[str, str, list[int]]]:
    """Return carrier, number and quantities of every parcel."""
    return [
        (one.carrier, one.tracking, [line.quantity for line in one.lines.order_by("pk")])
        for one in Shipment.objects.filter(order=order).order_by("pk")
    ]


def field_errors(answer: Any, place: int = 0) -> list[str]:
    """Return the fields of a parcel that carry an error."""
    return list(answer.context["formset"].forms[place].errors)


def test_two_parcels_in_one_go(login: Login, payer: Buyer) -> None:
    sku, cup = make_sku(stock=5), make_sku(stock=5, price=100)
    order = payer.paid((sku, 2), (cup, 3))
    first, second = order.lines.order_by("pk")
    browser = login("warehouse")

    answer = packed(
        browser,
        order,
        {"carrier": "SF", "tracking": " sf1234 5678-90123 ", first.pk: 2, second.pk: 1, "note": "易碎"},
        {"carrier": "YTO", "tracking": "YT1234567890123", second.pk: 2},
    )

    assert answer.headers["Location"] == reverse("admin:orders_order_change", args=[order.pk])
    assert parcels_of(order) == [
        ("SF", "SF1234567890123", [2, 1]),
        ("YTO", "YT1234567890123", [2]),
    ]
    assert standing(order) == ("shipped", "paid")
    assert (counters(sku), counters(cup)) == ((3, 0), (2, 0))
    entry = AuditEntry.objects.get(action="orders.ship_order")
    assert (entry.actor_label, entry.after["complete"]) == ("warehouse", True)
    assert Shipment.objects.get(carrier="SF").note == "易碎"


def test_the_page_proposes_what_is_left_with_the_latest_carrier(login: Login, payer: Buyer) -> None:
    order = payer.paid((make_sku(), 3))
    line = order.lines.get()
    ship_order(
        actor=SYSTEM, number=order.number, carrier="YD", tracking="4312345678901", lines=[Portion(line.pk, 1)]
    )
    form = login("warehouse").get(reverse("admin:ship_order", args=[order.pk])).context["formset"].forms[0]
    assert form[f"line{line.pk}"].value() == 2
    assert form["carrier"].value() == "YD"
    assert form.fields[f"line{line.pk}"].max_value == 2


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"carrier": ""}, ["carrier"]),
        ({"carrier": "NOBODY"}, ["carrier"]),
        ({"tracking": ""}, ["tracking"]),
        ({"tracking": "12"}, ["tracking"]),
        ({"tracking": "SF12345你好"}, ["tracking"]),
        ({"quantity": 3}, ["line"]),
        ({"quantity": -1}, ["line"]),
        ({"quantity": "two"}, ["line"]),
        ({"quantity": 0}, ["__all__"]),
        ({"quantity": ""}, ["__all__"]),
    ],
)
def test_refusals_stand_at_their_fields_and_nothing_typed_is_lost(
    login: Login, payer: Buyer, changes: dict[str, object], fields: list[str]
) -> None:
    sku = make_sku(stock=4)
    order = payer.paid((sku, 2))
    line = order.lines.get()
    typed: dict[Any, Any] = {
        "carrier": "SF",
        "tracking": "SF1234567890123",
        "note": "轻放",
        "quantity": 2,
        **changes,
    }
    typed[line.pk] = typed.pop("quantity")

    answer = packed(login("warehouse"), order, typed)

    assert answer.status_code == 200
    assert [name.replace(str(line.pk), "") for name in field_errors(answer)] == fields
    text = answer.content.decode()
    assert "轻放" in text
    assert str(typed["tracking"]) in text
    assert (standing(order), counters(sku)) == (("awaiting_shipment", "paid"), (4, 2))
    assert Shipment.objects.count() == 0


def test_parcels_together_hold_no_more_than_is_left(login: Login, payer: Buyer) -> None:
    order = payer.paid((make_sku(), 3))
    line = order.lines.get()
    answer = packed(
        login("warehouse"),
        order,
        {"carrier": "SF", "tracking": "SF0001", line.pk: 2},
        {"carrier": "SF", "tracking": "SF0001", line.pk: 2},
    )
    assert (field_errors(answer, 0), field_errors(answer, 1)) == ([], [f"line{line.pk}", "tracking"])
    assert Shipment.objects.count() == 0


def test_a_tracking_number_the_order_has_already_is_refused_at_its_field(login: Login, payer: Buyer) -> None:
    order = payer.paid((make_sku(), 3))
    line = order.lines.get()
    ship_order(
        actor=SYSTEM, number=order.number, carrier="SF", tracking="SF0001", lines=[Portion(line.pk, 1)]
    )
    answer = packed(
        login("warehouse"),
        order,
        {"carrier": "SF", "tracking": "SF0002", line.pk: 1},
        {"carrier": "SF", "tracking": "SF0001", line.pk: 1},
    )
    assert (field_errors(answer, 0), field_errors(answer, 1)) == ([], ["tracking"])
    assert parcels_of(order) == [("SF", "SF0001", [1])]


def test_pressing_twice_ships_once(login: Login, payer: Buyer) -> None:
    """Own couriers have no tracking number that would give a second parcel away."""
    sku = make_sku(stock=9)
    order = payer.paid((sku, 4), delivery="local")
    line = order.lines.get()
    browser = login("warehouse", language="en")
    seen = browser.get(reverse("admin:ship_order", args=[order.pk])).context["seen"]

    first = packed(browser, order, {line.pk: 2, "note": "小张"}, seen=seen)
    second = packed(browser, order, {line.pk: 2, "note": "小张"}, seen=seen)

    assert first.status_code == 302
    assert second.status_code == 200
    assert "The order has changed since you opened this page" in second.content.decode()
    assert "小张" in second.content.decode()
    assert parcels_of(order) == [("", "", [2])]
    assert counters(sku) == (7, 2)
    third = packed(browser, order, {line.pk: 2}, seen=second.context["seen"])
    assert third.status_code == 302
    assert standing(order) == ("shipped", "paid")


def test_two_colleagues_at_once_ship_once(payer: Buyer) -> None:
    """With what each saw, one is told that the order changed; without it both parcels would leave."""
    sku = make_sku(stock=9)

    def both(order: Order, seen: str | None) -> list[str]:
        barrier = Barrier(2)
        line = order.lines.get()

        def ship(_place: int) -> str:
            barrier.wait(timeout=30)
            try:
                parcel = Parcel(portions=(Portion(line.pk, 2),))
                ship_parcels(actor=SYSTEM, number=order.number, parcels=[parcel], seen=seen)
            except ShopError as refusal:
                return refusal.code
            finally:
                connection.close()
            return "shipped"

        with ThreadPoolExecutor(2) as pool:
            return sorted(pool.map(ship, range(2)))

    guarded, unguarded = (payer.paid((sku, 4), delivery="local") for _order in range(2))
    assert both(guarded, standing_of(guarded)) == ["order_changed", "shipped"]
    assert ShipmentLine.objects.filter(shipment__order=guarded).count() == 1
    assert both(unguarded, None) == ["shipped", "shipped"]


def test_a_page_that_grew_old_says_what_the_order_is_now(login: Login, payer: Buyer) -> None:
    sku = make_sku(stock=4)
    order = payer.paid((sku, 2))
    line = order.lines.get()
    browser = login("warehouse", language="en")
    seen = browser.get(reverse("admin:ship_order", args=[order.pk])).context["seen"]
    cancel_order(actor=payer.actor, number=order.number)

    answer = packed(browser, order, {"carrier": "SF", "tracking": "SF0001", line.pk: 2}, seen=seen)

    text = answer.content.decode()
    assert "it is now “closed”. Nothing was shipped by this press." in text
    assert "There is nothing to ship" in text
    assert (Shipment.objects.count(), counters(sku)) == (0, (4, 0))


def test_virtual_goods_are_delivered_as_text(login: Login, payer: Buyer) -> None:
    order = payer.paid((make_sku(is_virtual=True), 1), delivery="virtual")
    line = order.lines.get()
    browser = login("operations")
    missing = packed(browser, order, {line.pk: 1, "content": ""})
    assert field_errors(missing) == ["content"]
    assert packed(browser, order, {line.pk: 1, "content": "卡密 ABCD-1234"}).status_code == 302
    assert standing(order) == ("received", "paid")
    assert timeline(order)[-2:] == ["delivered", "received"]
    text = page(browser, "orders_order_change", order.pk)
    assert "ABCD-1234" not in text
    assert payer.show(order).json()["contents"] == ["卡密 ABCD-1234"]


def test_a_pick_up_is_handed_over_by_its_code_once(login: Login, payer: Buyer) -> None:
    order = payer.paid((make_sku(), 1), delivery="pickup", store=make_store().pk)
    code = fresh(order).pickup_code
    assert code is not None
    browser = login("clerk", language="en")
    path = f"/admin/orders/order/{order.pk}/hand-over/"
    assert code not in page(browser, "orders_order_change", order.pk)
    wrong = browser.post(path, {"code": "000000000000"})
    assert "This pick-up code does not belong to the order." in str(wrong.context["form"].errors["code"])
    assert standing(order) == ("awaiting_pickup", "paid")

    assert press(browser, order, "hand-over", code=f"{code[:4]} {code[4:8]} {code[8:]}").status_code == 302
    again = browser.post(path, {"code": code})

    assert "The order&#x27;s present state does not allow this." in again.content.decode()
    assert standing(order) == ("received", "paid")
    assert Shipment.objects.filter(order=order).count() == 1


def test_whoever_may_not_ship_gets_no_page(login: Login) -> None:
    order = any_order(status="awaiting_shipment")
    path = reverse("admin:ship_order", args=[order.pk])
    browsers: list[Client] = [login(role) for role in ("service", "clerk", "finance", "auditor")]
    assert [browser.get(path).status_code for browser in browsers] == [403] * 4
    assert [browser.post(path, {}).status_code for browser in browsers] == [403] * 4
    assert login("warehouse").get(reverse("admin:ship_order", args=[999999])).status_code == 404


def test_an_order_that_cannot_be_shipped_says_so(login: Login) -> None:
    order = any_order(status="pending_payment")
    browser = login("warehouse", language="en")
    assert "There is nothing to ship: the order is “awaiting payment”." in page(
        browser, "ship_order", order.pk
    )
    assert packed(browser, order, {"carrier": "SF"}, seen="x").status_code == 200
    assert fresh(order).status == "pending_payment"


def test_a_mangled_form_is_refused_not_an_error(login: Login, payer: Buyer) -> None:
    order = payer.paid((make_sku(), 1))
    browser = login("warehouse")
    path = reverse("admin:ship_order", args=[order.pk])
    seen = browser.get(path).context["seen"]
    for data in (
        {},
        {"seen": seen},
        {"seen": seen, "parcels-TOTAL_FORMS": "x", "parcels-INITIAL_FORMS": "1"},
        {"seen": seen, "parcels-TOTAL_FORMS": "0", "parcels-INITIAL_FORMS": "0"},
        {"seen": seen, "parcels-TOTAL_FORMS": "99", "parcels-INITIAL_FORMS": "1"},
    ):
        assert browser.post(path, data).status_code == 200
    assert Shipment.objects.count() == 0
