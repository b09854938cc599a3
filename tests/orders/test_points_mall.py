"""The points mall: listed, quoted, bought with points and money, given back when the order closes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Product, Sku
from members.points.audit import audit_points
from members.points.models import MallGoods, MallTally, Redemption
from members.points.queries import points_balance
from members.points.services import earn_points
from orders.audit import audit_orders
from orders.models import Order
from orders.services.cancelling import cancel_order
from shop.core import clock
from shop.core.ledger import audit_ledgers
from tests.catalog.factories import make_sku
from tests.members.shoppers import Browser, problem
from tests.orders.buyer import Buyer, counters, settle, standing
from tests.orders.test_paying import closed_but_paid, late_money
from tests.orders.test_query_counts import settled

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sku(transactional_db: None) -> Sku:
    return make_sku(price=5_100, stock=20)


@pytest.fixture
def goods(sku: Sku) -> MallGoods:
    """500 points and 9.90, ten pieces, three for each member."""
    return MallGoods.objects.create(sku=sku, points=500, cash=990, quota=10, limit_per_member=3)


def give(buyer: Buyer, amount: int) -> None:
    earn_points(member_id=buyer.member.pk, amount=amount, reason="gift", reference=f"g{amount}")


def buying(goods: MallGoods, **more: Any) -> dict[str, Any]:
    return {"activity": {"kind": "points_mall", "id": goods.pk}, **more}


def warned(answer: Any) -> list[tuple[str, int]]:
    return [(warning["code"], warning["available"]) for warning in answer.json()["warnings"]]


def consistent() -> bool:
    return [*audit_orders(), *audit_points(), *audit_ledgers()] == []


def test_the_mall_lists_what_is_on_offer(goods: MallGoods, sku: Sku) -> None:
    now = clock.now()
    for fields in (
        {"is_active": False},
        {"starts_at": now + timedelta(hours=1)},
        {"ends_at": now - timedelta(hours=1)},
    ):
        MallGoods.objects.create(sku=sku, points=1, quota=1, **fields)
    hidden = make_sku()
    Product.objects.filter(pk=hidden.product_id).update(state="off_sale")
    MallGoods.objects.create(sku=hidden, points=1, quota=1)

    answer = Browser().get("/points-mall")

    [row] = answer.json()["results"]
    assert (row["id"], row["sku"], row["points"], row["cash"]) == (goods.pk, sku.pk, 500, 990)
    assert (row["left"], row["limit_per_member"], row["price"]) == (10, 3, 5_100)
    assert row["title"] == sku.product.title


def test_the_list_takes_two_queries_however_long(transactional_db: None) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert Browser().get("/points-mall").status_code == 200
        return settled(queries)

    MallGoods.objects.create(sku=make_sku(), points=1, quota=1)
    count()
    first = count()
    for _n in range(5):
        MallGoods.objects.create(sku=make_sku(), points=1, quota=1)
    assert (first, count()) == (2, 2)


def test_goods_cost_points_and_money(buyer: Buyer, goods: MallGoods, sku: Sku) -> None:
    give(buyer, 2_000)

    quote = buyer.quote((sku, 2), **buying(goods, points=100)).json()
    answer = buyer.order((sku, 2), **buying(goods)).json()

    assert (quote["points_used"], quote["points_available"], quote["goods_total"]) == (1_000, 2_000, 1_980)
    assert (quote["freight"], quote["payable"], quote["adjustments"], quote["warnings"]) == (
        800,
        2_780,
        [],
        [],
    )
    order = Order.objects.get(number=answer["number"])
    assert (order.payable, order.points_used) == (2_780, 1_000)
    assert points_balance(buyer.member.pk) == 1_000
    goods.refresh_from_db()
    assert goods.sold == 2
    assert counters(sku) == (20, 2)
    assert consistent()

    cancel_order(actor=buyer.actor, number=order.number)
    settle()
    goods.refresh_from_db()
    assert (goods.sold, MallTally.objects.get().pieces, points_balance(buyer.member.pk)) == (0, 0, 2_000)
    assert Redemption.objects.get().is_released
    assert consistent()


def test_goods_for_points_alone_are_paid_at_once(buyer: Buyer) -> None:
    give(buyer, 500)
    voucher = make_sku(price=5_000, is_virtual=True)
    goods = MallGoods.objects.create(sku=voucher, points=500, quota=1)

    answer = buyer.order((voucher, 1), **buying(goods), delivery="virtual").json()

    assert (answer["status"], answer["payable"]) == ("awaiting_shipment", 0)
    assert points_balance(buyer.member.pk) == 0
    [line] = answer["lines"]
    assert [reason["code"] for reason in line["explanation"]] == ["price", "points_price", "freight_none"]
    assert consistent()


def test_a_quote_tells_what_is_missing_and_the_order_refuses_it(
    buyer: Buyer, goods: MallGoods, sku: Sku
) -> None:
    give(buyer, 999)

    poor = buyer.quote((sku, 2), **buying(goods))
    greedy = buyer.quote((sku, 4), **buying(goods))
    MallGoods.objects.filter(pk=goods.pk).update(quota=1)
    short = buyer.quote((sku, 2), **buying(goods))

    assert warned(poor) == [("insufficient_points", 999)]
    assert ("limit_per_member", 10) in warned(greedy)
    assert ("out_of_stock", 1) in warned(short)
    assert problem(buyer.order((sku, 2), **buying(goods))) == (409, "insufficient_points")
    give(buyer, 5_000)
    assert problem(buyer.order((sku, 2), **buying(goods))) == (409, "out_of_stock")
    MallGoods.objects.filter(pk=goods.pk).update(quota=10)
    assert problem(buyer.order((sku, 4), **buying(goods))) == (409, "purchase_limited")
    assert not Order.objects.exists()
    assert not Redemption.objects.exists()
    assert points_balance(buyer.member.pk) == 5_999


def test_three_for_each_member_over_all_orders(buyer: Buyer, goods: MallGoods, sku: Sku) -> None:
    give(buyer, 5_000)
    buyer.placed((sku, 2), **buying(goods))

    assert warned(buyer.quote((sku, 2), **buying(goods))) == [("limit_per_member", 8)]
    assert buyer.quote((sku, 2), **buying(goods)).json()["warnings"][0]["limit"] == 1
    buyer.placed((sku, 1), **buying(goods))
    assert problem(buyer.order((sku, 1), **buying(goods))) == (409, "purchase_limited")


@pytest.mark.parametrize("state", ["inactive", "early", "over", "unknown", "other_sku", "two_skus", "cart"])
def test_what_is_not_on_offer_is_refused(buyer: Buyer, goods: MallGoods, sku: Sku, state: str) -> None:
    give(buyer, 5_000)
    changes: dict[str, dict[str, Any]] = {
        "inactive": {"is_active": False},
        "early": {"starts_at": clock.now() + timedelta(hours=1)},
        "over": {"ends_at": clock.now() - timedelta(hours=1)},
    }
    MallGoods.objects.filter(pk=goods.pk).update(**changes.get(state, {"position": 1}))
    activity = buying(goods)
    if state == "unknown":
        activity["activity"]["id"] += 1
    wanted = {"other_sku": [(make_sku(), 1)], "two_skus": [(sku, 1), (make_sku(), 1)], "cart": []}

    answer = buyer.quote(*wanted.get(state, [(sku, 1)]), **activity)

    expected = "feature_unavailable" if state == "cart" else "mall_goods_unavailable"
    assert problem(answer) == (409, expected)


def test_late_money_takes_the_goods_once_more_or_goes_back(payer: Buyer, goods: MallGoods, sku: Sku) -> None:
    give(payer, 5_000)
    first = payer.placed((sku, 1), **buying(goods))
    closed_but_paid(payer, first)
    late_money(payer, first)
    assert standing(first) == ("awaiting_shipment", "paid")
    goods.refresh_from_db()
    assert goods.sold == 1

    second = payer.placed((sku, 1), **buying(goods))
    closed_but_paid(payer, second)
    MallGoods.objects.filter(pk=goods.pk).update(quota=1)
    late_money(payer, second)

    assert standing(second) == ("closed", "unpaid")
    assert second.events.get(kind="payment_returned").reason == "sold_out"
    assert points_balance(payer.member.pk) == 4_500
    assert consistent()


def test_statements_of_a_quote_with_mall_goods(buyer: Buyer, goods: MallGoods, sku: Sku) -> None:
    give(buyer, 5_000)

    def count(action: Callable[[], Any]) -> int:
        action()
        with CaptureQueriesContext(connection) as queries:
            assert action().status_code == 200
        return settled(queries)

    assert count(lambda: buyer.quote((sku, 1), **buying(goods))) == 3
