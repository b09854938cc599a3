"""Stock under storm: 300 threads want the last 50, baskets in opposite order, exact counts, no deadlock."""

import threading
from datetime import timedelta

import pytest
from django.db import transaction

from catalog.errors import OutOfStock
from catalog.models import Reservation, Stock, StockMovement
from catalog.queries.stock_audit import audit_stock
from catalog.services.stock import (
    Demand,
    commit_reservation,
    consume_reservation,
    release_reservation,
    reserve_stock,
)
from shop.core import clock
from tests.catalog.factories import SYSTEM, make_sku
from tests.storms import raised, storm

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 300


def reserve(number, demands):
    reserve_stock(
        reference=f"O{number}",
        demands=demands,
        expires_at=clock.now() + timedelta(minutes=30),
        actor=SYSTEM,
    )


def counters(*skus):
    rows = {stock.sku_id: (stock.on_hand, stock.reserved) for stock in Stock.objects.all()}
    return [rows[sku.pk] for sku in skus]


def test_exactly_50_of_300_get_the_last_50():
    sku = make_sku(stock=50)
    results = storm(lambda n: reserve(n, [Demand(sku.pk, 1)]), threads=THREADS)
    refused = [error for error in raised(results) if isinstance(error, OutOfStock)]
    assert len(refused) == len(raised(results)) == 250
    assert {error.extra["lines"][0]["available"] for error in refused} == {0}
    assert counters(sku) == [(50, 50)]
    assert Reservation.objects.count() == 50
    assert StockMovement.objects.filter(kind="reserve").count() == 50
    assert list(audit_stock()) == []


def test_mixed_baskets_in_opposite_order_neither_deadlock_nor_oversell():
    first, second, third = (make_sku(stock=50) for _ in range(3))

    def buy(number):
        basket = [Demand(first.pk, 1), Demand(second.pk, 1)]
        if number % 3 == 0:
            basket.append(Demand(third.pk, 2))
        reserve(number, basket if number % 2 else basket[::-1])

    refused = raised(storm(buy, threads=THREADS))
    assert len(refused) == 250
    assert {type(error) for error in refused} == {OutOfStock}
    assert counters(first, second) == [(50, 50), (50, 50)]
    with_third = Reservation.objects.filter(stock__sku=third).count()
    assert counters(third) == [(50, 2 * with_third)]
    assert list(audit_stock()) == []


def test_one_order_from_many_threads_is_reserved_committed_shipped_and_released_once():
    sku, other = make_sku(stock=50), make_sku(stock=50)
    demands = [Demand(sku.pk, 3), Demand(other.pk, 2)]
    assert raised(storm(lambda _n: reserve("same", demands), threads=60)) == []
    assert counters(sku, other) == [(50, 3), (50, 2)]
    commit_reservation(reference="Osame")

    def ship_or_release(number):
        if number % 2:
            consume_reservation(
                reference="Osame", demands=[Demand(sku.pk, 1)], shipment_reference="S", actor=SYSTEM
            )
        else:
            release_reservation(
                reference="Osame", demands=[Demand(other.pk, 1)], release_reference="R", actor=SYSTEM
            )

    assert raised(storm(ship_or_release, threads=60)) == []
    assert counters(sku, other) == [(49, 2), (50, 1)]
    storm(lambda _n: release_reservation(reference="Osame", actor=SYSTEM), threads=60)
    assert counters(sku, other) == [(49, 0), (50, 0)]
    assert list(audit_stock()) == []


def test_negative_control_checking_without_the_lock_sells_everything_to_everybody():
    """The same storm with a check, a pause and a promise, as shops without row locks do it."""
    sku = make_sku(stock=50)
    stock = Stock.objects.get(sku=sku)
    everybody_has_read = threading.Barrier(THREADS)

    def promise_without_lock(number):
        with transaction.atomic():
            available = Stock.objects.get(pk=stock.pk).available
            everybody_has_read.wait(90)
            if available < 1:
                raise OutOfStock
            Reservation.objects.create(
                reference=f"O{number}", stock=stock, quantity=1, created_at=clock.now()
            )

    assert raised(storm(promise_without_lock, threads=THREADS)) == []
    assert Reservation.objects.count() == THREADS
    (drift,) = audit_stock()
    assert (drift.reserved_held, drift.on_hand) == (THREADS, 50)
