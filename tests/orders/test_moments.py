"""Every moment in every answer is written alike: RFC 3339, with Beijing's offset."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from members.wallet.models import RechargePackage
from shop.core.json import dump
from tests.catalog.factories import make_sku
from tests.orders.buyer import Buyer, attempt_of

MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
WRITTEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+08:00")


def moments(value: Any) -> Iterator[str]:
    """Yield every text in an answer that looks like a moment."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from moments(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from moments(inner)
    elif isinstance(value, str) and MOMENT.match(value):
        yield value


def test_one_moment_is_written_in_one_way() -> None:
    noon = datetime(2026, 3, 1, 4, tzinfo=UTC)
    assert dump([noon, noon.astimezone(), date(2026, 3, 1), time(9, 30)]) == (
        b'["2026-03-01T12:00:00+08:00","2026-03-01T12:00:00+08:00","2026-03-01","09:30:00"]'
    )


def test_a_moment_without_an_offset_is_no_answer() -> None:
    with pytest.raises(TypeError):
        dump({"at": datetime(2026, 3, 1, 4)})


@pytest.mark.django_db(transaction=True)
def test_every_route_writes_moments_alike(payer: Buyer) -> None:
    """Given a buyer with an order, a payment and a recharge, then no answer writes a moment another way."""
    sku = make_sku()
    order = payer.paid((sku, 1))
    payment = attempt_of(order).payment.number
    package = RechargePackage.objects.create(name="充100", price=10_000)
    payer.phone.put(f"/me/favourites/{sku.product_id}")
    payer.phone.get(f"/products/{sku.product_id}")
    recharge = payer.phone.post("/me/wallet/recharges", {"package": package.pk}, **{"Idempotency-Key": "r1"})
    assert recharge.status_code == 201, recharge.content
    payer.phone.post("/cart/items", {"sku": sku.pk, "quantity": 1})

    routes = [
        "/config", "/me", "/cart", "/orders", f"/orders/{order.number}", f"/payments/{payment}",
        "/me/favourites", "/me/wallet/recharges", f"/me/wallet/recharges/{recharge.json()['number']}",
        "/me/points", "/me/points/entries", "/me/points/pending", "/me/growth/entries", "/me/tier",
        "/me/cards", "/me/invites", "/me/tasks", "/me/history", "/me/export", "/points-mall",
    ]  # fmt: skip
    found = {route: list(moments(payer.phone.get(route).json())) for route in routes}

    assert [route for route in routes[:9] if not found[route]] == []
    other = {route: [text for text in texts if not WRITTEN.fullmatch(text)] for route, texts in found.items()}
    assert {route: texts for route, texts in other.items() if texts} == {}
