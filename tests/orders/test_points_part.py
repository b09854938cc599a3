"""Orders that points pay a part of: spent when placed, back when closed, in proportion when refunded."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Sku
from members.points.audit import audit_points
from members.points.errors import InsufficientPoints
from members.points.models import PendingReward, PointsEntry, RewardRule
from members.points.queries import growth_of, points_balance
from members.points.services import earn_points, spend_points
from members.points.services.rewards import credit_due_rewards
from members.wallet.models import PRINCIPAL
from members.wallet.services.accounts import open_accounts
from orders import jobs
from orders.audit import audit_orders
from orders.errors import QuoteChanged
from orders.models import Order
from orders.pricing import Delivery
from orders.services.cancelling import cancel_order
from orders.services.placing import place_order
from orders.services.quoting import OrderRequest, Want
from orders.services.receiving import confirm_receipt
from shop.core import db
from shop.core.actors import Actor
from shop.core.ledger import audit_ledgers
from shop.payments.models import Payment
from shop.payments.services.refunds import request_refund
from tests.catalog.factories import make_sku
from tests.members.shoppers import problem
from tests.members.wallet.purses import set_to
from tests.orders.buyer import Buyer, counters, fresh, settle, standing
from tests.orders.test_paying import closed_but_paid, late_money
from tests.orders.test_query_counts import settled
from tests.shopfloor import subscriptions
from tests.storms import raised, storm

Shift = Callable[[float], None]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def points_pay(transactional_db: None) -> None:
    set_to("points_deduction", True)


def piece(**fields: int) -> Sku:
    """51.00 and 8.00 of freight: an order of one piece is 59.00."""
    return make_sku(price=5_100, **fields)


def give(buyer: Buyer, amount: int) -> None:
    earn_points(member_id=buyer.member.pk, amount=amount, reason="gift", reference=f"g{amount}")


def points(buyer: Buyer) -> int:
    return points_balance(buyer.member.pk)


def consistent() -> bool:
    return [*audit_orders(), *audit_points(), *audit_ledgers()] == []


def test_a_quote_says_what_points_pay(buyer: Buyer) -> None:
    give(buyer, 4_000)
    sku = piece()
    plain = buyer.quote((sku, 1)).json()
    asked = buyer.quote((sku, 1), points=0).json()
    used = buyer.quote((sku, 1), points=1_000).json()

    assert (plain["points_used"], plain["points_usable"], plain["points_available"]) == (0, 0, None)
    assert (asked["points_used"], asked["points_usable"], asked["points_available"]) == (0, 2_550, 4_000)
    assert asked["warnings"] == []
    assert (used["points_used"], used["payable"], used["due"]) == (1_000, 4_900, 4_900)
    [total] = used["adjustments"]
    assert (total["kind"], total["source"], total["amount"]) == ("points", "points", -1_000)
    assert total["label"]
    assert points(buyer) == 4_000


def test_too_many_points_are_clamped_with_a_warning(buyer: Buyer) -> None:
    give(buyer, 4_000)

    body = buyer.quote((piece(), 1), points=9_999).json()

    assert body["points_used"] == 2_550
    assert body["warnings"] == [{"code": "points_clamped", "sku": None, "available": 2_550}]


def test_a_shop_that_takes_no_points_says_so_in_a_warning(buyer: Buyer) -> None:
    set_to("points_deduction", False)
    give(buyer, 4_000)

    body = buyer.quote((piece(), 1), points=100).json()

    assert (body["points_used"], body["points_available"], body["payable"]) == (0, 0, 5_900)
    assert [warning["code"] for warning in body["warnings"]] == ["points_clamped"]


def test_points_are_spent_when_placed_and_return_when_it_closes(buyer: Buyer) -> None:
    give(buyer, 1_000)
    sku = piece(stock=5)

    answer = buyer.order((sku, 1), points=400).json()
    order = Order.objects.get(number=answer["number"])

    assert (answer["payable"], answer["points_used"], answer["points_returned"]) == (5_500, 400, 0)
    assert points(buyer) == 600
    assert consistent()
    cancel_order(actor=buyer.actor, number=order.number)
    cancel_order(actor=buyer.actor, number=order.number)
    settle()

    assert standing(order) == ("closed", "unpaid")
    assert buyer.show(order).json()["points_returned"] == 400
    assert points(buyer) == 1_000
    assert counters(sku) == (5, 0)
    assert consistent()


def test_points_that_went_elsewhere_refuse_the_order(buyer: Buyer) -> None:
    give(buyer, 1_000)
    sku = piece(stock=5)
    seen = buyer.quote((sku, 1), points=900).json()["payable"]
    spend_points(member_id=buyer.member.pk, amount=500, reason="make_up", reference="1")

    answer = buyer.order((sku, 1), points=900, expected_payable=seen)

    assert problem(answer) == (409, "quote_changed")
    assert answer.json()["quote"]["points_used"] == 500
    assert not Order.objects.exists()
    assert points(buyer) == 500


def test_an_order_that_points_pay_whole_is_paid_at_once_and_returns_them_all(buyer: Buyer) -> None:
    set_to("points_cap_percent", 100)
    give(buyer, 5_000)
    sku = make_sku(price=2_000, is_virtual=True)

    answer = buyer.order((sku, 1), points=2_000, delivery="virtual").json()

    assert (answer["status"], answer["payable"], answer["paid"]) == ("awaiting_shipment", 0, 0)
    assert points(buyer) == 3_000
    cancel_order(actor=buyer.actor, number=answer["number"])
    settle()
    assert points(buyer) == 5_000
    assert consistent()


def order_payment(order: Order) -> str:
    return str(Payment.objects.get(payable_number=order.number, disposition="kept").number)


def bought(buyer: Buyer, monkeypatch: pytest.MonkeyPatch) -> Order:
    """An order of 49.00 that 10.00 worth of points made cheaper, paid by the wallet at once."""
    monkeypatch.setattr(subscriptions, "WALLET", "members.wallet.port.MemberWallet")
    open_accounts(buyer.member.pk)
    PRINCIPAL.post(account_id=buyer.member.pk, amount=10_000, reason="adjustment", reference="1")
    order = buyer.placed((piece(), 1), points=1_000, use_wallet=True)
    assert standing(order) == ("awaiting_shipment", "paid")
    settle()
    return fresh(order)


def test_partial_refunds_return_points_in_proportion_and_all_of_them_all(
    buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    RewardRule.objects.create(kind="order", points=1, growth=1)
    give(buyer, 1_000)
    order = bought(buyer, monkeypatch)
    reward = PendingReward.objects.get()
    assert (order.paid, points(buyer), reward.points, reward.growth) == (4_900, 0, 41, 41)

    for number, amount in (("R1", 1_633), ("R2", 1_634)):
        request_refund(
            actor=Actor.system("tests"),
            payment_number=order_payment(order),
            amount=amount,
            reason="partly",
            reference=number,
        )
        settle()

    order = fresh(order)
    assert (order.refunded, order.points_returned, points(buyer)) == (3_267, 667, 667)
    reward.refresh_from_db()
    assert (reward.points_left, reward.growth_left, reward.state) == (14, 14, "pending")
    assert consistent()
    request_refund(
        actor=Actor.system("tests"),
        payment_number=order_payment(order),
        amount=1_633,
        reason="rest",
        reference="R3",
    )
    settle()

    assert standing(order) == ("refunded", "refunded")
    assert points(buyer) == 1_000
    reward.refresh_from_db()
    assert (reward.points_left, reward.state) == (0, "cancelled")
    assert consistent()


def test_a_cancelled_paid_order_returns_its_points_once(
    buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    RewardRule.objects.create(kind="order", points=1, growth=1)
    give(buyer, 1_000)
    order = bought(buyer, monkeypatch)

    cancel_order(actor=buyer.actor, number=order.number)
    settle()

    assert standing(order) == ("refunded", "refunded")
    assert (points(buyer), fresh(order).points_returned) == (1_000, 1_000)
    returned = PointsEntry.objects.filter(reason="points_returned")
    assert [entry.amount for entry in returned] == [1_000]
    assert growth_of(buyer.member.pk).pending == 0
    assert consistent()


def test_a_completed_order_earns(buyer: Buyer, monkeypatch: pytest.MonkeyPatch, shift_clock: Shift) -> None:
    RewardRule.objects.create(kind="order", points=2, growth=1)
    give(buyer, 1_000)
    order = bought(buyer, monkeypatch)
    Order.objects.filter(pk=order.pk).update(status="shipped", fulfilment_status="fulfilled")
    confirm_receipt(actor=buyer.actor, number=order.number)
    settle()
    assert credit_due_rewards() == 0
    assert buyer.phone.get("/me/points").json()["pending"] == 82
    shift_clock(30 * 86_400)
    jobs.complete_orders()
    settle()

    assert credit_due_rewards() == 1
    assert (points(buyer), growth_of(buyer.member.pk).balance) == (82, 41)
    assert list(audit_points()) == []


def test_late_money_spends_the_points_once_more(payer: Buyer) -> None:
    give(payer, 1_000)
    order = payer.placed((piece(stock=2), 1), points=1_000)
    closed_but_paid(payer, order)
    assert points(payer) == 1_000

    late_money(payer, order)

    assert standing(order) == ("awaiting_shipment", "paid")
    assert (points(payer), fresh(order).points_returned) == (0, 0)
    assert consistent()
    cancel_order(actor=payer.actor, number=order.number)
    assert points(payer) == 1_000
    assert consistent()


def test_late_money_goes_back_when_the_points_were_spent(payer: Buyer) -> None:
    give(payer, 1_000)
    sku = piece(stock=2)
    order = payer.placed((sku, 1), points=1_000)
    closed_but_paid(payer, order)
    spend_points(member_id=payer.member.pk, amount=1, reason="make_up", reference="1")

    late_money(payer, order)

    assert standing(order) == ("closed", "unpaid")
    assert points(payer) == 999
    assert counters(sku) == (2, 0)
    assert order.events.get(kind="payment_returned").reason == "points_spent"
    assert consistent()


def test_many_orders_at_once_spend_the_points_they_showed(
    buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "LOCK_TIMEOUT_SECONDS", 60)
    give(buyer, 1_000)
    sku = piece(stock=50)
    request = OrderRequest(
        items=(Want(sku.pk, 1),), delivery=Delivery.EXPRESS, address_id=buyer.address_id, points=400
    )

    results = storm(
        lambda _n: place_order(actor=buyer.actor, request=request, expected_payable=5_500), threads=20
    )

    assert {type(error) for error in raised(results)} <= {QuoteChanged, InsufficientPoints}
    assert len(raised(results)) == 18
    assert (Order.objects.count(), points(buyer), counters(sku)) == (2, 200, (50, 2))
    assert consistent()


def test_statements_that_points_add(buyer: Buyer) -> None:
    give(buyer, 5_000)
    sku = piece()

    def quote(**more: Any) -> int:
        buyer.quote((sku, 1), **more)
        with CaptureQueriesContext(connection) as queries:
            assert buyer.quote((sku, 1), **more).status_code == 200
        return settled(queries)

    def order(**more: Any) -> int:
        payable = buyer.quote((sku, 1), **more).json()["payable"]
        with CaptureQueriesContext(connection) as queries:
            assert buyer.order((sku, 1), expected_payable=payable, **more).status_code == 201
        return settled(queries)

    assert (quote(), quote(points=100)) == (2, 3)
    order()
    assert (order(), order(points=100)) == (12, 23)
