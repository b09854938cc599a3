"""How many statements cart, quote, order and its pages take: as many for one line as for fifty."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Sku
from catalog.rules.products import SkuFields
from orders.services.cart import add_to_cart
from shop.core import runtime
from tests.catalog.factories import make_product
from tests.orders.buyer import Buyer

pytestmark = pytest.mark.django_db(transaction=True)

LINES = (1, 5, 50)


@pytest.fixture
def skus() -> list[Sku]:
    def product(number: int) -> list[Sku]:
        fields = [
            SkuFields(code=f"COUNT-{number}-{size}", price=1000 + size, spec={"规格": f"{size}号"})
            for size in range(10)
        ]
        return list(make_product(stock=1000, skus=fields, spec_names=("规格",)).skus.all())

    return [sku for number in range(max(LINES) // 10) for sku in product(number)]


def count(action: Callable[[], Any], *, status: int = 200) -> int:
    """Statements of the second call; the first fills what a process remembers (session, settings)."""
    assert action().status_code == status
    runtime.value("unpaid_order_seconds")
    with CaptureQueriesContext(connection) as queries:
        answer = action()
    assert answer.status_code == status, answer.content
    return settled(queries)


def settled(queries: CaptureQueriesContext) -> int:
    """Without the merchant's settings, which every process reads anew every two seconds."""
    return len([query for query in queries.captured_queries if "constance" not in query["sql"]])


def wanted(skus: list[Sku], lines: int) -> list[tuple[Sku, int]]:
    return [(sku, 2) for sku in skus[:lines]]


def test_a_quote(buyer: Buyer, skus: list[Sku]) -> None:
    counts = [count(partial(buyer.quote, *wanted(skus, n))) for n in LINES]
    assert counts == [2, 2, 2]


def test_placing_an_order(buyer: Buyer, skus: list[Sku]) -> None:
    def place(lines: int) -> int:
        payable = buyer.quote(*wanted(skus, lines)).json()["payable"]
        return count(lambda: buyer.order(*wanted(skus, lines), expected_payable=payable), status=201)

    assert [place(lines) for lines in LINES] == [12, 12, 12]


def test_placing_an_order_from_the_cart(buyer: Buyer, skus: list[Sku]) -> None:
    def place(lines: int) -> int:
        for sku, quantity in wanted(skus, lines):
            add_to_cart(member_id=buyer.member.pk, sku_id=sku.pk, quantity=quantity)
        payable = buyer.quote().json()["payable"]
        with CaptureQueriesContext(connection) as queries:
            assert buyer.order(expected_payable=payable).status_code == 201
        return settled(queries)

    place(1)  # fills what a process remembers
    assert [place(lines) for lines in LINES] == [15, 15, 15]


def test_the_cart(buyer: Buyer, skus: list[Sku]) -> None:
    def show(lines: int) -> int:
        for sku, quantity in wanted(skus, lines):
            add_to_cart(member_id=buyer.member.pk, sku_id=sku.pk, quantity=quantity)
        return count(lambda: buyer.phone.get("/cart"))

    assert [show(lines) for lines in LINES] == [2, 2, 2]


def test_the_order_page(buyer: Buyer, skus: list[Sku]) -> None:
    def show(lines: int) -> int:
        order = buyer.placed(*wanted(skus, lines))
        return count(lambda: buyer.show(order))

    assert [show(lines) for lines in LINES] == [6, 6, 6]


def test_the_list_of_orders(buyer: Buyer, skus: list[Sku]) -> None:
    """Neither with the lines of an order nor with the orders on the page."""

    def show(lines: int) -> int:
        buyer.placed(*wanted(skus, lines))
        return count(lambda: buyer.phone.get("/orders"))

    assert [show(lines) for lines in LINES] == [2, 2, 2]
    assert count(lambda: buyer.phone.get("/orders/counts")) == 1
