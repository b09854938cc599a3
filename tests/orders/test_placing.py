"""POST /orders: at the price that was seen, once per key, all or nothing."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Sku, Stock
from members.models import Address, MemberFacts
from members.services.closing import close_account
from orders.audit import audit_orders
from orders.models import CartItem, Order, OrderEvent, OrderLine
from orders.services.placing import place_order
from orders.services.quoting import OrderRequest, Want
from shop.core import clock, runtime
from shop.core.actors import Actor
from shop.core.crypto import hash_phone
from shop.core.models import OutboxEvent
from tests.catalog.factories import make_sku
from tests.members.shoppers import problem
from tests.orders.buyer import Buyer, counters, held, new_buyer, settle, standing, timeline
from tests.orders.test_quote import make_store

pytestmark = pytest.mark.django_db(transaction=True)


def nothing_happened(*skus: Sku) -> bool:
    return (
        Order.objects.count() == OrderLine.objects.count() == OrderEvent.objects.count() == 0
        and all(counters(sku)[1] == 0 for sku in skus)
        and not OutboxEvent.objects.filter(name__startswith="orders.").exists()
    )


def test_an_order_is_written_whole_and_its_goods_are_held(buyer: Buyer) -> None:
    shirt, cup = make_sku(price=5900, stock=10), make_sku(price=1250, stock=10)
    before = clock.now()

    answer = buyer.order((shirt, 1), (cup, 2), note="请尽快", delivery="express")

    body = answer.json()
    assert answer.status_code == 201
    assert re.fullmatch(r"[0-9A-Z]{24}", body["number"])
    assert (body["status"], body["payment_status"], body["fulfilment_status"]) == (
        "pending_payment",
        "unpaid",
        "unfulfilled",
    )
    assert (body["goods_total"], body["freight"], body["payable"], body["due"]) == (8400, 800, 9200, 9200)
    assert (body["due_part"], body["paid"], body["refunded"], body["wallet_amount"]) == ("full", 0, 0, 0)
    assert [(line["sku"], line["quantity"], line["payable"], line["freight"]) for line in body["lines"]] == [
        (shirt.pk, 1, 5900, 562),
        (cup.pk, 2, 2500, 238),
    ]
    assert body["address"]["phone"] == "13812345678"
    assert body["actions"] == ["pay", "cancel"]
    assert [event["kind"] for event in body["events"]] == ["placed"]
    assert body["note"] == "请尽快"
    order = Order.objects.get(number=body["number"])
    assert order.expires_at is not None
    assert 1800 <= (order.expires_at - before).total_seconds() < 1900
    assert (counters(shirt), counters(cup)) == ((10, 1), (10, 2))
    assert held(order) == [(1, 0, 0, "held"), (2, 0, 0, "held")]
    event = OutboxEvent.objects.get(name="orders.order_placed")
    assert event.payload == {
        "order": order.number,
        "order_id": order.pk,
        "member_id": buyer.member.pk,
        "payable": 9200,
    }
    assert list(audit_orders()) == []
    assert buyer.show(order).json() == {**body}


def test_the_address_is_a_snapshot_that_nobody_can_read_in_the_table(buyer: Buyer) -> None:
    order = buyer.placed((make_sku(), 1))
    Address.objects.all().delete()

    with connection.cursor() as cursor:
        cursor.execute("SELECT address, phone_hash FROM orders_order")
        stored, phone_hash = cursor.fetchone()

    assert "13812345678" not in stored
    assert "王小明" not in stored
    assert phone_hash == hash_phone("13812345678")
    assert json.loads(order.address)["receiver"] == "王小明"
    assert buyer.show(order).json()["address"]["detail"] == "人民大道185号3号楼1201室"


def test_the_same_key_gives_the_same_order(buyer: Buyer) -> None:
    sku = make_sku(stock=10)
    first = buyer.order((sku, 1), key="one", expected_payable=6700)
    again = buyer.order((sku, 1), key="one", expected_payable=6700)
    other = buyer.order((sku, 2), key="one", expected_payable=11800)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert problem(other) == (422, "idempotency_key_reused")
    assert Order.objects.count() == 1
    assert counters(sku) == (10, 1)


def test_a_key_is_required(buyer: Buyer) -> None:
    sku = make_sku()
    answer = buyer.phone.post("/orders", buyer.body((sku, 1), expected_payable=6700))
    assert problem(answer) == (400, "idempotency_key_required")
    assert nothing_happened(sku)


def test_a_changed_price_is_answered_with_the_new_quote(buyer: Buyer) -> None:
    sku = make_sku(price=5900)
    Sku.objects.filter(pk=sku.pk).update(price=6900)

    answer = buyer.order((sku, 1), expected_payable=6700)

    assert problem(answer) == (409, "quote_changed")
    assert answer.json()["quote"]["payable"] == 7700
    assert answer.json()["quote"] == buyer.quote((sku, 1)).json()
    assert nothing_happened(sku)
    assert buyer.order((sku, 1), expected_payable=7700, key="key-1").status_code == 201


def test_too_little_stock_refuses_all_of_it_by_name(buyer: Buyer) -> None:
    enough, short = make_sku(stock=10), make_sku(stock=1)

    answer = buyer.order((enough, 1), (short, 2))

    assert problem(answer) == (409, "out_of_stock")
    assert answer.json()["lines"] == [{"sku": short.pk, "available": 1, "wanted": 2}]
    assert nothing_happened(enough, short)


def test_lines_of_one_sku_are_summed_before_stock_is_asked(buyer: Buyer) -> None:
    sku = make_sku(stock=5)
    assert problem(buyer.order((sku, 3), (sku, 3))) == (409, "out_of_stock")
    assert nothing_happened(sku)
    order = buyer.placed((sku, 3), (sku, 2))
    assert [line.quantity for line in order.lines.all()] == [5]


def test_limits_hold_per_order_and_over_all_orders_that_stand(buyer: Buyer, stranger: Buyer) -> None:
    sku = make_sku(limit_per_order=2, limit_per_member=3)
    over = buyer.order((sku, 3))
    assert problem(over) == (409, "purchase_limited")
    assert over.json()["lines"] == [{"sku": sku.pk, "code": "limit_per_order", "limit": 2, "wanted": 3}]

    first = buyer.placed((sku, 2))
    again = buyer.order((sku, 2))

    assert problem(again) == (409, "purchase_limited")
    assert again.json()["lines"] == [{"sku": sku.pk, "code": "limit_per_member", "limit": 1, "wanted": 2}]
    assert Order.objects.count() == 1
    assert stranger.order((sku, 2)).status_code == 201
    assert buyer.phone.post(f"/orders/{first.number}/cancel").status_code == 200
    assert buyer.order((sku, 2)).status_code == 201


def test_the_least_quantity_is_kept(buyer: Buyer) -> None:
    sku = make_sku(min_quantity=2)
    assert problem(buyer.order((sku, 1))) == (409, "purchase_limited")
    assert nothing_happened(sku)


def test_what_is_bought_from_the_cart_leaves_it(buyer: Buyer) -> None:
    bought, kept = make_sku(), make_sku()
    for sku in (bought, kept):
        buyer.phone.post("/cart/items", {"sku": sku.pk, "quantity": 2})
    item = CartItem.objects.get(sku=kept).pk
    buyer.phone.patch(f"/cart/items/{item}", {"selected": False})

    assert buyer.order().status_code == 201

    assert list(CartItem.objects.values_list("sku", "quantity")) == [(kept.pk, 2)]


@pytest.mark.parametrize("others", [0, 1])
def test_what_sold_out_in_the_cart_since_the_quote_is_named(buyer: Buyer, others: int) -> None:
    gone, left = make_sku(price=1000, stock=3), make_sku(price=2000, stock=3)
    for sku in (gone, left)[: 1 + others]:
        buyer.phone.post("/cart/items", {"sku": sku.pk, "quantity": 2})
    seen = buyer.quote().json()["payable"]
    somebody = new_buyer().placed((gone, 3))

    answer = buyer.order(expected_payable=seen)

    assert problem(answer) == (409, "out_of_stock")
    assert answer.json()["lines"] == [{"sku": gone.pk, "available": 0, "wanted": 2}]
    assert list(Order.objects.values_list("number", flat=True)) == [somebody.number]
    assert (counters(gone), counters(left)) == ((3, 3), (3, 0))
    assert CartItem.objects.filter(member=buyer.member).count() == 1 + others


def test_what_was_seen_to_be_sold_out_stays_in_the_cart(buyer: Buyer) -> None:
    gone, left = make_sku(price=1000, stock=3), make_sku(price=2000, stock=3)
    for sku in (gone, left):
        buyer.phone.post("/cart/items", {"sku": sku.pk, "quantity": 1})
    new_buyer().placed((gone, 3))

    answer = buyer.order()

    assert [line["sku"] for line in answer.json()["lines"]] == [left.pk]
    assert list(CartItem.objects.values_list("sku", flat=True)) == [gone.pk]


def test_buying_at_once_leaves_the_cart_alone(buyer: Buyer) -> None:
    sku = make_sku()
    buyer.phone.post("/cart/items", {"sku": sku.pk, "quantity": 2})
    buyer.placed((sku, 1))
    assert CartItem.objects.get().quantity == 2


def test_express_needs_an_address_of_ones_own(buyer: Buyer, stranger: Buyer) -> None:
    sku = make_sku()
    body = {**buyer.body((sku, 1)), "expected_payable": 6700}
    key = {"Idempotency-Key": "k"}

    assert problem(buyer.phone.post("/orders", {**body, "address": stranger.address_id}, **key)) == (
        404,
        "not_found",
    )
    Address.objects.filter(member=buyer.member).delete()
    assert problem(buyer.phone.post("/orders", {**body, "address": None}, **key)) == (409, "address_required")
    assert nothing_happened(sku)


def test_the_default_address_is_taken_when_none_is_named(buyer: Buyer) -> None:
    sku = make_sku()
    Address.objects.filter(member=buyer.member).update(is_default=True)
    body = {**buyer.body((sku, 1)), "expected_payable": 6700, "address": None}
    answer = buyer.phone.post("/orders", body, **{"Idempotency-Key": "k"})
    assert answer.json()["address"]["receiver"] == "王小明"


def test_a_free_order_is_paid_at_once(buyer: Buyer) -> None:
    sku = make_sku(price=1, stock=3, is_virtual=True)
    with connection.cursor() as cursor:  # the catalog sells nothing for 0; gifts and full coupons will
        cursor.execute("ALTER TABLE catalog_sku DROP CONSTRAINT catalog_sku_price_positive")
        cursor.execute("UPDATE catalog_sku SET price = 0, market_price = NULL")
    try:
        answer = buyer.order((sku, 1), delivery="virtual")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE catalog_sku SET price = 1")
            cursor.execute(
                "ALTER TABLE catalog_sku ADD CONSTRAINT catalog_sku_price_positive CHECK (price >= 1)"
            )

    body = answer.json()
    assert answer.status_code == 201
    assert (body["status"], body["payment_status"], body["due"], body["paid"]) == (
        "awaiting_shipment",
        "paid",
        0,
        0,
    )
    assert [event["kind"] for event in body["events"]] == ["placed", "paid"]
    order = Order.objects.get()
    assert held(order) == [(1, 0, 0, "committed")]
    settle()
    assert MemberFacts.objects.get().orders_paid == 1
    cancelled = buyer.phone.post(f"/orders/{order.number}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "closed")
    settle()
    assert MemberFacts.objects.get().orders_paid == 0
    assert (counters(sku), held(order)) == ((3, 0), [(1, 0, 1, "released")])
    assert list(audit_orders()) == []


def test_a_pick_up_order_keeps_its_store(buyer: Buyer) -> None:
    store = make_store(phone="021-6000")
    body = buyer.order((make_sku(), 1), delivery="pickup", store=store.pk).json()

    assert (body["address"], body["payable"]) == (None, 5900)
    assert body["pickup"]["code"] is None
    assert body["pickup"]["store"]["name"] == "人民广场店"
    assert Order.objects.get().phone_hash == ""


def test_the_time_to_pay_is_a_setting(buyer: Buyer) -> None:
    runtime.set_value(actor=Actor.system("tests"), name="unpaid_order_seconds", value=600)
    order = buyer.placed((make_sku(), 1))
    assert order.expires_at is not None
    assert (order.expires_at - order.created_at).total_seconds() == 600


def test_a_closed_account_places_nothing(buyer: Buyer) -> None:
    sku = make_sku()
    close_account(actor=buyer.actor, member_id=buyer.member.pk)
    request = OrderRequest(items=(Want(sku.pk, 1),))
    from shop.core.errors import TokenInvalid

    with pytest.raises(TokenInvalid):
        place_order(actor=buyer.actor, request=request, expected_payable=6700)
    assert nothing_happened(sku)


def test_an_open_order_keeps_the_account_open(buyer: Buyer) -> None:
    order = buyer.placed((make_sku(), 1))
    refused = buyer.phone.delete("/me")
    assert problem(refused) == (409, "member_has_open_matters")
    assert refused.json()["open"][0]["kind"] == "orders"
    exported = buyer.phone.get("/me/export").json()["orders"]
    assert [(one["number"], one["address"]["receiver"]) for one in exported] == [(order.number, "王小明")]
    buyer.phone.post(f"/orders/{order.number}/cancel")
    assert buyer.phone.delete("/me").status_code == 204


def test_only_members_place_orders() -> None:
    with pytest.raises(ValueError):
        place_order(actor=Actor.system("x"), request=OrderRequest(items=()), expected_payable=0)


def test_an_order_takes_as_many_queries_for_one_line_as_for_ten(buyer: Buyer) -> None:
    skus = [make_sku() for _ in range(11)]

    def count(*wanted) -> int:
        payable = buyer.quote(*wanted).json()["payable"]
        runtime.value("unpaid_order_seconds")  # remembered for two seconds from here on
        with CaptureQueriesContext(connection) as queries:
            buyer.placed(*wanted, expected_payable=payable)
        return len(queries)

    assert count((skus[0], 1)) == count(*[(sku, 1) for sku in skus[1:]]) <= 40


def test_stock_of_another_location_does_not_count(buyer: Buyer) -> None:
    sku = make_sku(stock=1)
    order = buyer.placed((sku, 1))
    assert order.location_id == Stock.objects.get(sku=sku).location_id
    assert standing(order) == ("pending_payment", "unpaid")
    assert timeline(order) == ["placed"]
