"""Lists, counters and the order page: what is there, whose it is, in how many queries."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework import serializers

from orders.api.schemas import CartSchema, OrderSchema, OrderSummarySchema, QuoteSchema
from orders.models import Order
from orders.queries.orders import TABS
from orders.services.shipping import ship_order
from orders.states import TRANSITIONS, Status, transition
from shop.core.db import transaction
from tests.catalog.factories import SYSTEM, make_sku
from tests.members.shoppers import problem
from tests.orders.buyer import Buyer, fresh, timeline
from tests.orders.test_quote import make_store

pytestmark = pytest.mark.django_db(transaction=True)


def numbers(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [order["number"] for order in answer.json()["results"]]


def test_orders_are_listed_newest_first_by_page(buyer: Buyer, stranger: Buyer) -> None:
    sku = make_sku()
    placed = [buyer.placed((sku, 1)).number for _ in range(3)]
    theirs = stranger.placed((sku, 1)).number

    first = buyer.phone.get("/orders?limit=2")
    rest = buyer.phone.get(first.json()["next"].removeprefix("/api/v1"))

    assert numbers(first) + numbers(rest) == placed[::-1]
    assert rest.json()["next"] is None
    assert numbers(stranger.phone.get("/orders")) == [theirs]


def test_orders_are_found_by_status_tab_number_and_title(buyer: Buyer) -> None:
    tea, cup = make_sku(title="龙井茶"), make_sku(title="马克杯")
    one, two = buyer.placed((tea, 1)), buyer.placed((cup, 1))
    buyer.phone.post(f"/orders/{one.number}/cancel")

    assert numbers(buyer.phone.get("/orders?status=closed")) == [one.number]
    assert numbers(buyer.phone.get("/orders?status=to_pay")) == [two.number]
    assert numbers(buyer.phone.get("/orders?status=to_ship")) == []
    assert numbers(buyer.phone.get("/orders?q=龙井")) == [one.number]
    assert numbers(buyer.phone.get(f"/orders?q={two.number.lower()}")) == [two.number]
    assert numbers(buyer.phone.get("/orders?q=100%25")) == []
    assert problem(buyer.phone.get("/orders?status=lost")) == (400, "invalid_input")


def test_counts_are_by_status_and_tab(buyer: Buyer, stranger: Buyer) -> None:
    sku = make_sku()
    one = buyer.placed((sku, 1))
    buyer.placed((sku, 1))
    stranger.placed((sku, 1))
    buyer.phone.post(f"/orders/{one.number}/cancel")

    counts = buyer.phone.get("/orders/counts").json()

    assert (counts["all"], counts["to_pay"], counts["ended"], counts["closed"]) == (2, 1, 1, 1)
    assert set(counts) == {"all", *TABS, *(status.value for status in Status)}


def test_tabs_hold_every_status_once() -> None:
    listed = [status for statuses in TABS.values() for status in statuses]
    assert sorted(listed) == sorted(Status)


def test_a_hidden_order_is_gone_for_its_member(buyer: Buyer, stranger: Buyer) -> None:
    order = buyer.placed((make_sku(), 1))
    assert problem(buyer.phone.delete(f"/orders/{order.number}")) == (409, "order_state_refused")
    buyer.phone.post(f"/orders/{order.number}/cancel")
    assert problem(stranger.phone.delete(f"/orders/{order.number}")) == (404, "not_found")
    assert not fresh(order).is_hidden

    assert buyer.phone.delete(f"/orders/{order.number}").status_code == 204

    assert numbers(buyer.phone.get("/orders")) == []
    assert buyer.phone.get("/orders/counts").json()["all"] == 0
    assert problem(buyer.show(order)) == (404, "not_found")
    assert problem(buyer.phone.delete(f"/orders/{order.number}")) == (404, "not_found")
    assert Order.objects.count() == 1


def test_another_members_order_is_not_found(buyer: Buyer, stranger: Buyer) -> None:
    order = buyer.placed((make_sku(), 1))
    for path in (f"/orders/{order.number}", f"/orders/{order.number}/tracking"):
        assert problem(stranger.phone.get(path)) == (404, "not_found")
    assert timeline(order) == ["placed"]


def described(schema: Any, body: Any) -> bool:
    """Whether a body has exactly the members that its description names, all the way down."""
    if isinstance(body, list):
        return all(described(schema.child, item) for item in body)
    if not isinstance(schema, serializers.Serializer) or body is None:
        return True
    required = {name for name, field in schema.fields.items() if field.required}
    assert required <= set(body) <= set(schema.fields), set(body) ^ set(schema.fields)
    return all(described(schema.fields[name], value) for name, value in body.items())


def test_answers_are_as_the_schema_describes_them(payer: Buyer) -> None:
    sku = make_sku(min_quantity=1)
    payer.phone.post("/cart/items", {"sku": sku.pk, "quantity": 1})
    order = payer.paid((sku, 1))
    ship_order(actor=SYSTEM, number=order.number, carrier="SF", tracking="SF1001")
    pickup = payer.paid((sku, 1), delivery="pickup", store=make_store().pk)
    payer.phone.post(f"/orders/{pickup.number}/cancel")

    assert described(CartSchema(), payer.phone.get("/cart").json())
    assert described(QuoteSchema(), payer.quote((sku, 999)).json())
    assert described(OrderSchema(), payer.show(order).json())
    assert described(OrderSchema(), payer.show(pickup).json())
    assert described(OrderSchema(), payer.order((sku, 1)).json())
    for summary in payer.phone.get("/orders").json()["results"]:
        assert described(OrderSummarySchema(), summary)


def test_lists_and_pages_take_the_same_number_of_queries_however_long(buyer: Buyer) -> None:
    skus = [make_sku() for _ in range(6)]

    def count(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert buyer.phone.get(path).status_code == 200
        return len(queries)

    small = buyer.placed((skus[0], 1))
    page, detail = count("/orders"), count(f"/orders/{small.number}")
    large = buyer.placed(*[(sku, 2) for sku in skus])
    for _ in range(4):
        buyer.placed((skus[0], 1))

    assert count("/orders") == page <= 4
    assert count(f"/orders/{large.number}") == detail <= 10


def test_the_words_follow_the_readers_language(buyer: Buyer) -> None:
    order = buyer.placed((make_sku(), 1))
    path = f"/orders/{order.number}"
    english = buyer.phone.get(path, **{"Accept-Language": "en"}).json()
    assert english["events"][0]["title"] == "Order placed"
    assert english["lines"][0]["explanation"][0]["text"] == "Price ¥59.00"


def test_the_table_of_states_knows_every_status_and_refuses_the_rest(buyer: Buyer) -> None:
    from orders.errors import OrderStateRefused

    assert set(TRANSITIONS) == set(Status)
    order = buyer.placed((make_sku(), 1))
    for status in Status:
        if status in TRANSITIONS[Status.PENDING_PAYMENT]:
            continue
        with pytest.raises(OrderStateRefused), transaction():
            transition(order, status, actor=SYSTEM, kind="x")
    assert fresh(order).status == "pending_payment"
    assert timeline(order) == ["placed"]


def test_an_unknown_code_of_an_older_version_stands_for_itself() -> None:
    from orders.carriers import carrier_name
    from orders.wording import event_title, explain_stored

    assert event_title("older") == "older"
    assert explain_stored({"step": "base", "code": "older", "amount": 1})["text"] == "older"
    assert carrier_name("OLD") == "OLD"
