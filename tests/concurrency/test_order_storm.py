"""Orders by the hundred at the same moment: exact counts, no deadlock, and what happens without the lock."""

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from catalog.errors import OutOfStock
from catalog.models import Reservation, Sku
from catalog.queries.stock_audit import audit_stock
from catalog.services.stock import posting, reservations
from orders import jobs
from orders.audit import audit_orders
from orders.models import CartItem, Order, Shipment
from orders.payable import KIND, OrderPayable
from orders.services.cancelling import cancel_order, expire_order
from orders.services.cart import add_to_cart
from orders.services.placing import PlacedOrder, place_order
from orders.services.quoting import OrderRequest, Want
from orders.services.refunding import apply_refund
from orders.services.shipping import ship_order
from shop.core import clock
from shop.core.actors import Actor
from shop.core.db import transaction
from shop.payments.models import Payment
from shop.payments.ports import DueState
from tests.catalog.factories import make_sku
from tests.orders.buyer import Buyer, counters, fresh, held, new_buyer, standing, timeline
from tests.storms import raised, storm

pytestmark = [pytest.mark.lasts(20), pytest.mark.django_db(transaction=True)]
SYSTEM = Actor.system("tests")
CROWD = 300
CONNECTIONS = 150
"""Threads at the same moment; each holds a connection."""


@pytest.fixture
def buyers() -> list[Buyer]:
    return [new_buyer() for _ in range(20)]


def buy(buyer: Buyer, *wanted: tuple[Sku, int], payable: int) -> PlacedOrder:
    request = OrderRequest(
        items=tuple(Want(sku.pk, quantity) for sku, quantity in wanted), address_id=buyer.address_id
    )
    return place_order(actor=buyer.actor, request=request, expected_payable=payable)


def crowd(action: Any) -> list[Any]:
    """``CROWD`` buyers through ``CONNECTIONS`` connections, all running from one moment on."""
    results: list[Any] = [None] * CROWD
    todo = iter(range(CROWD))
    lock = threading.Lock()

    def work(_number: int) -> None:
        while True:
            with lock:
                turn = next(todo, None)
            if turn is None:
                return
            try:
                results[turn] = action(turn)
            except Exception as error:  # noqa: BLE001  handed to the test, which judges it
                results[turn] = error

    assert raised(storm(work, threads=CONNECTIONS)) == []
    return results


def outcomes(results: list[Any]) -> Counter[str]:
    return Counter(type(result).__name__ for result in results)


def consistent() -> bool:
    return [*audit_orders(), *audit_stock()] == []


def test_three_hundred_buy_the_last_fifty(buyers: list[Buyer]) -> None:
    sku = make_sku(stock=50, price=100)

    results = crowd(lambda turn: buy(buyers[turn % 20], (sku, 1), payable=900))

    assert outcomes(results) == Counter(PlacedOrder=50, OutOfStock=250)
    assert Order.objects.count() == 50
    assert counters(sku) == (50, 50)
    lines = [error.extra["lines"] for error in raised(results) if isinstance(error, OutOfStock)]
    assert all([(line["sku"], line["wanted"]) for line in found] == [(sku.pk, 1)] for found in lines)
    assert consistent()


def test_without_the_lock_fifty_are_sold_again_and_again(
    buyers: list[Buyer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: everybody reads the same stock. Then only the database's last word remains."""
    sku = make_sku(stock=1, price=100)
    everybody_has_read = threading.Barrier(20)

    def unlocked(*, sku_ids: Any, location_id: Any) -> Any:
        from catalog.models import Stock

        found = {row.sku_id: row for row in Stock.objects.filter(sku_id__in=sku_ids)}
        everybody_has_read.wait(60)
        return found

    monkeypatch.setattr(reservations, "lock_stock", unlocked)
    passed: list[int] = []
    original = posting.apply

    def counted(changes: Any, *, actor: Actor) -> None:
        passed.append(1)
        original(changes, actor=actor)

    monkeypatch.setattr(reservations, "apply", counted)

    results = storm(lambda turn: buy(buyers[turn], (sku, 1), payable=900), threads=20)

    assert len(passed) == 20  # all twenty believed that the last piece was theirs
    assert outcomes(results)["PlacedOrder"] == 1
    assert counters(sku) == (1, 1)


def test_carts_in_opposite_order_do_not_deadlock(buyers: list[Buyer]) -> None:
    first, second = make_sku(stock=50, price=100), make_sku(stock=200, price=100)

    def action(turn: int) -> PlacedOrder:
        pair = ((first, 1), (second, 2)) if turn % 2 else ((second, 2), (first, 1))
        return buy(buyers[turn % 20], *pair, payable=1100)

    results = crowd(action)

    assert outcomes(results) == Counter(PlacedOrder=50, OutOfStock=250)
    assert (counters(first), counters(second)) == ((50, 50), (200, 100))
    assert consistent()


def test_lines_of_one_sku_are_summed_in_the_crowd_too(buyers: list[Buyer]) -> None:
    sku = make_sku(stock=50, price=100)

    results = storm(lambda turn: buy(buyers[turn % 20], (sku, 1), (sku, 2), payable=1100), threads=60)

    assert outcomes(results) == Counter(PlacedOrder=16, OutOfStock=44)
    assert counters(sku) == (50, 48)
    assert consistent()


def test_the_limit_per_member_holds_over_parallel_orders(buyers: list[Buyer]) -> None:
    sku = make_sku(stock=500, price=100, limit_per_member=3)

    results = storm(lambda turn: buy(buyers[0], (sku, 1), payable=900), threads=40)

    assert outcomes(results) == Counter(PlacedOrder=3, PurchaseLimited=37)
    assert counters(sku) == (500, 3)


def test_without_the_members_lock_the_limit_is_passed(
    buyers: list[Buyer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control for the limit."""
    from orders.services import placing, quoting

    sku = make_sku(stock=500, price=100, limit_per_member=3)
    everybody_has_counted = threading.Barrier(20)

    def unlocked(member_id: int, request: OrderRequest) -> Any:
        prepared = quoting.prepare_quote(member_id=member_id, request=request)
        everybody_has_counted.wait(60)
        return prepared

    monkeypatch.setattr(placing, "_prepare", unlocked)

    results = storm(lambda turn: buy(buyers[0], (sku, 1), payable=900), threads=20)

    assert outcomes(results) == Counter(PlacedOrder=20)


def test_the_same_item_put_into_the_cart_by_many_is_one_line(buyers: list[Buyer]) -> None:
    sku = make_sku()
    member_id = buyers[0].member.pk
    results = storm(lambda _turn: add_to_cart(member_id=member_id, sku_id=sku.pk, quantity=1), threads=40)
    assert raised(results) == []
    assert list(CartItem.objects.values_list("quantity", flat=True)) == [40]


def confirm(order: Order) -> bool:
    """What a callback does to the order, without WeChat: lock, take the money, say whether it is kept."""
    with transaction():
        payable = OrderPayable()
        due = payable.lock(order.number)
        payment = Payment.objects.create(
            number=f"P{order.pk}X{threading.get_ident() % 10**9}",
            payable_kind=KIND,
            payable_number=order.number,
            part="full",
            member_id=due.member_id,
            amount=due.amount,
            created_at=clock.now(),
        )
        verdict = payable.confirm(
            number=order.number, payment_number=payment.number, part="full", amount=due.amount
        )
        if verdict.kept:
            Payment.objects.filter(pk=payment.pk).update(
                state="paid", disposition="kept", captured=due.amount, paid_at=clock.now()
            )
        else:
            payment.delete()
        return verdict.kept


@pytest.mark.parametrize("round_", range(3))
def test_cancelling_and_paying_race_to_one_end(buyers: list[Buyer], round_: int) -> None:
    sku = make_sku(stock=5, price=100)
    order = buy(buyers[0], (sku, 1), payable=900).order

    def action(turn: int) -> Any:
        if turn % 2:
            return confirm(order)
        return cancel_order(actor=buyers[0].actor, number=order.number).status

    results = storm(action, threads=10)

    assert raised(results) == []
    assert results.count(True) == 1  # one payment is kept: in time, or late because the goods were there
    kept = Payment.objects.get(disposition="kept")
    status, payment_status = standing(order)
    assert payment_status == "paid"
    assert status in ("awaiting_shipment", "closed")
    # Whoever came last decided; a closed order has promised all of its money back.
    assert kept.refund_committed == (900 if status == "closed" else 0)
    assert counters(sku) == ((5, 0) if status == "closed" else (5, 1))
    assert consistent()


def test_a_callback_and_the_expiry_race_to_one_end(buyers: list[Buyer]) -> None:
    sku = make_sku(stock=1, price=100)
    order = buy(buyers[0], (sku, 1), payable=900).order
    Order.objects.filter(pk=order.pk).update(expires_at=clock.now() - timedelta(seconds=1))

    results = storm(
        lambda turn: confirm(order) if turn % 2 else expire_order(number=order.number), threads=20
    )

    assert raised(results) == []
    assert Payment.objects.filter(disposition="kept").count() == 1
    assert standing(order) == ("awaiting_shipment", "paid")
    assert counters(sku) == (1, 1)
    assert timeline(order) in (["placed", "paid"], ["placed", "closed", "paid_late"])
    assert consistent()


def test_the_expiry_job_at_once_closes_each_order_once(buyers: list[Buyer]) -> None:
    sku = make_sku(stock=30, price=100)
    orders = [buy(buyers[n], (sku, 1), payable=900).order for n in range(20)]
    Order.objects.update(expires_at=clock.now() - timedelta(seconds=1))

    results = storm(lambda _turn: jobs.expire_orders(), threads=8)

    assert raised(results) == []
    assert sum(results) == 20
    assert all(standing(order) == ("closed", "unpaid") for order in orders)
    assert counters(sku) == (30, 0)
    assert all(timeline(order) == ["placed", "closed"] for order in orders)
    assert consistent()


def paid_order(buyer: Buyer, sku: Sku, quantity: int = 1) -> Order:
    order = buy(buyer, (sku, quantity), payable=900 if quantity == 1 else 800 + quantity * 100).order
    assert confirm(order)
    return order


def test_many_clerks_ship_one_order_once(buyers: list[Buyer]) -> None:
    sku = make_sku(stock=5, price=100)
    order = paid_order(buyers[0], sku, 3)

    results = storm(
        lambda turn: ship_order(actor=SYSTEM, number=order.number, carrier="SF", tracking=f"SF10{turn:02d}"),
        threads=20,
    )

    assert outcomes(results) == Counter(Shipment=1, OrderStateRefused=19)
    assert Shipment.objects.count() == 1
    assert (counters(sku), held(order)) == ((2, 0), [(3, 3, 0, "consumed")])
    assert consistent()


def test_shipping_and_cancelling_race_to_one_end(buyers: list[Buyer]) -> None:
    sku = make_sku(stock=5, price=100)
    order = paid_order(buyers[0], sku)

    def action(turn: int) -> Any:
        if turn % 2:
            return ship_order(actor=SYSTEM, number=order.number, carrier="SF", tracking=f"SF10{turn:02d}")
        return cancel_order(actor=buyers[0].actor, number=order.number)

    results = storm(action, threads=20)

    status = standing(order)[0]
    shipped = Shipment.objects.count()
    assert (status, shipped) in (("shipped", 1), ("closed", 0))
    committed = Payment.objects.get(disposition="kept").refund_committed
    assert committed == (900 if status == "closed" else 0)
    assert counters(sku) == ((4, 0) if status == "shipped" else (5, 0))
    assert not [
        error
        for error in raised(results)
        if type(error).__name__ not in ("OrderStateRefused", "UseAfterSale")
    ]
    assert consistent()


def test_the_last_pieces_go_to_a_late_payment_or_to_a_new_order(buyers: list[Buyer]) -> None:
    sku = make_sku(stock=1, price=100)
    order = buy(buyers[0], (sku, 1), payable=900).order
    cancel_order(actor=buyers[0].actor, number=order.number)
    assert due_state_of(order) is DueState.CLOSED

    def action(turn: int) -> Any:
        return confirm(order) if turn == 0 else buy(buyers[turn], (sku, 1), payable=900)

    results = storm(action, threads=10)

    winners = [result for result in results if result is True or isinstance(result, PlacedOrder)]
    assert len(winners) == 1
    assert counters(sku) == (1, 1)
    assert Reservation.objects.filter(state__in=("held", "committed")).count() == 1
    assert consistent()


def due_state_of(order: Order) -> DueState:
    with transaction():
        return OrderPayable().lock(order.number).state


def test_refunds_that_arrive_at_once_add_up(buyers: list[Buyer]) -> None:
    order = paid_order(buyers[0], make_sku(stock=5, price=100))
    results = storm(lambda turn: apply_refund(number=order.number, refund=f"R{turn}", amount=90), threads=10)
    assert raised(results) == []
    assert fresh(order).refunded == 900
    assert standing(order) == ("refunded", "refunded")
