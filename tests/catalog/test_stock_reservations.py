"""Reservations: all or nothing, once per reference, held until paid, shipped in parts."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from catalog.errors import OutOfStock, ReservationClosed, ReservationConflict, StockConflict
from catalog.models import Reservation, Stock, StockMovement
from catalog.services.stock import (
    Demand,
    commit_reservation,
    consume_reservation,
    release_reservation,
    reserve_stock,
)
from shop.core import clock
from shop.core.errors import NotFound
from tests.catalog.factories import SYSTEM, make_sku, make_warehouse

pytestmark = pytest.mark.django_db


def reserve(reference, *pairs, **changes):
    reserve_stock(
        reference=reference,
        demands=[Demand(sku.pk, quantity) for sku, quantity in pairs],
        expires_at=clock.now() + timedelta(minutes=30),
        actor=SYSTEM,
        **changes,
    )


def counters(sku):
    stock = Stock.objects.get(sku=sku)
    return (stock.on_hand, stock.reserved)


def states(reference):
    rows = Reservation.objects.filter(reference=reference).order_by("pk")
    return [(row.quantity, row.consumed, row.released, row.state) for row in rows]


def test_reserving_promises_pieces_and_writes_a_movement():
    sku = make_sku(stock=10)
    reserve("A", (sku, 3))
    assert counters(sku) == (10, 3)
    movement = StockMovement.objects.get(kind="reserve")
    assert (movement.on_hand_delta, movement.reserved_delta) == (0, 3)
    assert (movement.on_hand_after, movement.reserved_after) == (10, 3)
    assert (movement.reference, movement.actor_key) == ("A", "system:tests")
    assert states("A") == [(3, 0, 0, "held")]


def test_demand_of_one_sku_is_summed_before_checking():
    sku = make_sku(stock=5)
    with pytest.raises(OutOfStock) as refused:
        reserve("A", (sku, 3), (sku, 3))
    assert refused.value.extra["lines"] == [{"sku": sku.pk, "available": 5, "wanted": 6}]
    reserve("B", (sku, 3), (sku, 2))
    assert counters(sku) == (5, 5)
    assert states("B") == [(5, 0, 0, "held")]


def test_out_of_stock_names_every_short_line_and_changes_nothing():
    plenty, few, none = make_sku(stock=50), make_sku(stock=2), make_sku(stock=0)
    before = StockMovement.objects.count()
    with pytest.raises(OutOfStock) as refused:
        reserve("A", (none, 1), (plenty, 5), (few, 3))
    assert refused.value.extra["lines"] == [
        {"sku": none.pk, "available": 0, "wanted": 1},
        {"sku": few.pk, "available": 2, "wanted": 3},
    ]
    assert [counters(sku) for sku in (plenty, few, none)] == [(50, 0), (2, 0), (0, 0)]
    assert StockMovement.objects.count() == before
    assert not Reservation.objects.exists()


def test_a_sku_that_was_never_at_the_location_is_out_of_stock():
    make_warehouse()
    with pytest.raises(OutOfStock) as refused:
        reserve_stock(
            reference="A", demands=[Demand(987654321, 1)], expires_at=None, actor=SYSTEM, location_id=None
        )
    assert refused.value.extra["lines"] == [{"sku": 987654321, "available": 0, "wanted": 1}]


def test_reserving_again_under_one_reference_changes_nothing_and_other_quantities_are_refused():
    sku, other = make_sku(stock=10), make_sku(stock=10)
    reserve("A", (sku, 3))
    reserve("A", (sku, 3))
    assert counters(sku) == (10, 3)
    for pairs in ([(sku, 4)], [(sku, 3), (other, 1)], [(other, 3)]):
        with pytest.raises(ReservationConflict):
            reserve("A", *pairs)
    assert (counters(sku), counters(other)) == ((10, 3), (10, 0))


def test_nothing_to_reserve_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError):
        reserve("A")
    with pytest.raises(ValueError):
        Demand(1, 0)


def test_commit_keeps_the_pieces_and_may_be_repeated():
    sku = make_sku(stock=10)
    reserve("A", (sku, 3))
    commit_reservation(reference="A")
    commit_reservation(reference="A")
    row = Reservation.objects.get()
    assert (row.state, row.expires_at) == ("committed", None)
    assert counters(sku) == (10, 3)
    with pytest.raises(NotFound):
        commit_reservation(reference="B")


def test_release_puts_everything_back_once():
    sku, other = make_sku(stock=10), make_sku(stock=4)
    reserve("A", (sku, 3), (other, 4))
    assert release_reservation(reference="A", actor=SYSTEM, reason="cancelled") == 7
    assert release_reservation(reference="A", actor=SYSTEM) == 0
    assert (counters(sku), counters(other)) == ((10, 0), (4, 0))
    assert states("A") == [(3, 0, 3, "released"), (4, 0, 4, "released")]
    assert StockMovement.objects.filter(kind="release", reason="cancelled").count() == 2
    assert release_reservation(reference="unknown", actor=SYSTEM) == 0


def test_a_released_reference_stays_released_unless_reopened():
    sku = make_sku(stock=5)
    reserve("A", (sku, 3))
    release_reservation(reference="A", actor=SYSTEM)
    with pytest.raises(ReservationClosed):
        commit_reservation(reference="A")
    with pytest.raises(ReservationClosed):
        reserve("A", (sku, 3))
    assert counters(sku) == (5, 0)
    reserve("A", (sku, 2), reopen=True)
    reserve("A", (sku, 2), reopen=True)
    commit_reservation(reference="A")
    assert counters(sku) == (5, 2)
    assert states("A") == [(2, 0, 0, "committed")]
    assert release_reservation(reference="A", actor=SYSTEM) == 2
    references = StockMovement.objects.filter(kind__in=("reserve", "release")).order_by("pk")
    assert list(references.values_list("reference", flat=True)) == ["A", "A", "A~2", "A~2"]


def test_reopening_when_others_took_the_pieces_is_refused():
    sku = make_sku(stock=3)
    reserve("A", (sku, 3))
    release_reservation(reference="A", actor=SYSTEM)
    reserve("B", (sku, 1))
    with pytest.raises(OutOfStock):
        reserve("A", (sku, 3), reopen=True)
    assert counters(sku) == (3, 1)
    assert states("A") == [(3, 0, 3, "released")]


def test_out_of_stock_leaves_the_callers_transaction_usable():
    sku = make_sku(stock=1)
    with transaction.atomic():
        with pytest.raises(OutOfStock):
            reserve("A", (sku, 2))
        reserve("B", (sku, 1))
    assert counters(sku) == (1, 1)


def test_shipping_in_parts_takes_pieces_out_and_the_rest_can_be_released():
    sku, other = make_sku(stock=10), make_sku(stock=10)
    reserve("A", (sku, 5), (other, 1))
    commit_reservation(reference="A")
    ship: dict[str, Any] = {"reference": "A", "actor": SYSTEM}
    consume_reservation(demands=[Demand(sku.pk, 2)], shipment_reference="S1", **ship)
    consume_reservation(demands=[Demand(sku.pk, 2)], shipment_reference="S1", **ship)
    assert (counters(sku), counters(other)) == ((8, 3), (10, 1))
    consume_reservation(demands=[Demand(sku.pk, 1), Demand(other.pk, 1)], shipment_reference="S2", **ship)
    assert states("A") == [(5, 3, 0, "committed"), (1, 1, 0, "consumed")]
    assert release_reservation(reference="A", actor=SYSTEM) == 2
    assert states("A") == [(5, 3, 2, "consumed"), (1, 1, 0, "consumed")]
    assert (counters(sku), counters(other)) == ((7, 0), (9, 0))
    assert StockMovement.objects.filter(kind="consume", stock__sku=sku).count() == 2


def test_shipping_is_refused_when_unpaid_too_much_repriced_or_given_back():
    sku, other = make_sku(stock=10), make_sku(stock=10)
    reserve("A", (sku, 5))

    def ship(quantity, reference="S1", goods=sku):
        consume_reservation(
            reference="A", demands=[Demand(goods.pk, quantity)], shipment_reference=reference, actor=SYSTEM
        )

    with pytest.raises(ReservationConflict):
        ship(5)
    commit_reservation(reference="A")
    with pytest.raises(ReservationConflict):
        ship(6)
    with pytest.raises(ReservationConflict):
        ship(1, goods=other)
    ship(2)
    with pytest.raises(StockConflict):
        ship(3)
    assert counters(sku) == (8, 3)
    with pytest.raises(ValueError):
        consume_reservation(reference="A", demands=[], shipment_reference="S9", actor=SYSTEM)
    with pytest.raises(NotFound):
        consume_reservation(reference="B", demands=[Demand(sku.pk, 1)], shipment_reference="S9", actor=SYSTEM)
    reserve("C", (sku, 1))
    release_reservation(reference="C", actor=SYSTEM)
    with pytest.raises(ReservationClosed):
        consume_reservation(reference="C", demands=[Demand(sku.pk, 1)], shipment_reference="S9", actor=SYSTEM)
    assert (counters(sku), counters(other)) == ((8, 3), (10, 0))


def test_a_part_is_released_once_under_its_own_reference():
    sku = make_sku(stock=10)
    reserve("A", (sku, 5))
    commit_reservation(reference="A")
    part: dict[str, Any] = {"reference": "A", "actor": SYSTEM, "demands": [Demand(sku.pk, 2)]}
    assert release_reservation(release_reference="R1", **part) == 2
    assert release_reservation(release_reference="R1", **part) == 0
    assert counters(sku) == (10, 3)
    assert release_reservation(release_reference="R2", **part) == 2
    with pytest.raises(ReservationConflict):
        release_reservation(release_reference="R3", **part)
    with pytest.raises(ValueError):
        release_reservation(**part)
    assert states("A") == [(5, 0, 4, "committed")]


@pytest.mark.parametrize("lines", [1, 50])
def test_the_number_of_queries_does_not_grow_with_the_lines(lines, django_assert_num_queries):
    skus = [make_sku(stock=100) for _ in range(lines)]
    with transaction.atomic():
        with django_assert_num_queries(6):
            reserve("A", *((sku, 2) for sku in skus))
        with django_assert_num_queries(1):
            commit_reservation(reference="A")
        with django_assert_num_queries(8):
            consume_reservation(
                reference="A",
                demands=[Demand(sku.pk, 1) for sku in skus],
                shipment_reference="S",
                actor=SYSTEM,
            )
        with django_assert_num_queries(7):
            release_reservation(reference="A", actor=SYSTEM)
