"""Orders for the console's tests: one that stands for any, and a browser's ways with the pages."""

from collections.abc import Mapping
from typing import Any

from django.test import Client
from django.urls import reverse

from catalog.models import Location
from orders.models import Order
from shop.core import clock
from tests.members.shoppers import new_member


def any_order(**fields: Any) -> Order:
    """Return some order, without lines or payments, made on first use."""
    location = Location.objects.first() or Location.objects.create(name="总仓", is_default=True)
    number = fields.pop("number", "ANY0000000000000000000X1")
    defaults: dict[str, Any] = {"created_at": clock.now(), "location": location, **fields}
    amounts = {name: defaults.pop(name, 0) for name in ("goods_total", "freight", "payable", "due")}
    found = Order.objects.filter(number=number).first()
    if found is not None:
        return found
    member = defaults.pop("member", None) or new_member(nickname="小集")
    return Order.objects.create(number=number, member=member, **defaults, **amounts)


def page(browser: Client, name: str, *args: object, query: str = "") -> str:
    """Open a page and return its text."""
    answer = browser.get(reverse(f"admin:{name}", args=args) + query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def record(browser: Client, order: Order) -> str:
    """Open an order's page."""
    return page(browser, "orders_order_change", order.pk)


def press(browser: Client, order: Order, button: str, **data: str) -> Any:
    """Open a button's dialog on the order's page, fill it in and confirm; hidden fields go along."""
    path = f"/admin/orders/order/{order.pk}/{button}/"
    asked = browser.get(path)
    assert asked.status_code == 200, asked.status_code
    hidden = {field.name: field.value() or "" for field in asked.context["form"] if field.is_hidden}
    return browser.post(path, {**hidden, **data})


def packed(browser: Client, order: Order, *parcels: Mapping[Any, Any], seen: str | None = None) -> Any:
    """Post the shipping page as the browser does; quantities by line id."""
    path = reverse("admin:ship_order", args=[order.pk])
    if seen is None:
        seen = browser.get(path).context["seen"]
    data: dict[str, Any] = {
        "seen": seen,
        "parcels-TOTAL_FORMS": len(parcels),
        "parcels-INITIAL_FORMS": 1,
        "parcels-MIN_NUM_FORMS": 1,
        "parcels-MAX_NUM_FORMS": 20,
    }
    for place, parcel in enumerate(parcels):
        for name, value in parcel.items():
            key = name if isinstance(name, str) else f"line{name}"
            data[f"parcels-{place}-{key}"] = value
    return browser.post(path, data)
