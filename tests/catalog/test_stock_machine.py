"""After any sequence of actions the counters are the sum of the movements and of what is still promised."""

import itertools

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from catalog.errors import (
    CountBelowReserved,
    OutOfStock,
    ReservationClosed,
    ReservationConflict,
)
from catalog.models import Reservation, Stock
from catalog.queries.stock_audit import audit_stock
from catalog.services.stock import (
    Count,
    Demand,
    commit_reservation,
    consume_reservation,
    receive_stock,
    release_reservation,
    reserve_stock,
    return_stock,
    take_stock,
)
from tests.catalog.factories import SYSTEM, make_sku

pytestmark = pytest.mark.django_db

_numbers = itertools.count(1)
SKUS = st.integers(0, 1)
PIECES = st.integers(1, 6)


class StockMachine(RuleBasedStateMachine):
    """Keeps a model of two SKUs and a few orders, and plays the same on the shop."""

    def __init__(self):
        super().__init__()
        self.skus = [make_sku(stock=0).pk for _ in range(2)]
        self.on_hand = [0, 0]
        self.orders: dict[str, dict[int, int]] = {}  # reference -> place of SKU -> pieces still promised
        self.paid: set[str] = set()

    def free(self, place):
        return self.on_hand[place] - sum(order.get(place, 0) for order in self.orders.values())

    def number(self, kind):
        return f"{kind}{next(_numbers)}"

    def some_order(self, draw):
        return draw.draw(st.sampled_from(sorted(self.orders))) if self.orders else None

    @rule(place=SKUS, pieces=PIECES)
    def receive(self, place, pieces):
        lines = [Demand(self.skus[place], pieces)]
        receive_stock(actor=SYSTEM, location_id=None, lines=lines, reference=self.number("IN"), reason="x")
        self.on_hand[place] += pieces

    @rule(place=SKUS, pieces=PIECES)
    def come_back(self, place, pieces):
        lines = [Demand(self.skus[place], pieces)]
        return_stock(actor=SYSTEM, lines=lines, reference=self.number("AS"))
        self.on_hand[place] += pieces

    @rule(place=SKUS, counted=st.integers(0, 12))
    def count(self, place, counted):
        promised = self.on_hand[place] - self.free(place)
        lines = [Count(self.skus[place], counted)]
        paper = {"reference": self.number("TAKE"), "reason": "x", "location_id": None, "actor": SYSTEM}
        if counted < promised:
            with pytest.raises(CountBelowReserved):
                take_stock(lines=lines, **paper)
            return
        take_stock(lines=lines, **paper)
        self.on_hand[place] = counted

    @rule(wanted=st.lists(st.tuples(SKUS, PIECES), min_size=1, max_size=3))
    def reserve(self, wanted):
        reference = self.number("O")
        totals = {place: sum(n for p, n in wanted if p == place) for place, _n in wanted}
        demands = [Demand(self.skus[place], pieces) for place, pieces in wanted]
        order = {"reference": reference, "demands": demands, "expires_at": None, "actor": SYSTEM}
        if any(self.free(place) < pieces for place, pieces in totals.items()):
            with pytest.raises(OutOfStock):
                reserve_stock(**order)
            return
        reserve_stock(**order)
        self.orders[reference] = totals

    @rule(data=st.data())
    def pay(self, data):
        reference = self.some_order(data)
        if reference is None:
            return
        if not self.orders[reference] and reference not in self.paid:
            with pytest.raises(ReservationClosed):
                commit_reservation(reference=reference)
            return
        if self.orders[reference]:
            commit_reservation(reference=reference)
            self.paid.add(reference)

    @rule(data=st.data())
    def cancel(self, data):
        reference = self.some_order(data)
        if reference is not None:
            left = sum(self.orders[reference].values())
            assert release_reservation(reference=reference, actor=SYSTEM) == left
            self.orders[reference] = {}

    @rule(data=st.data(), pieces=PIECES, ship=st.booleans())
    def move_part(self, data, pieces, ship):
        reference = self.some_order(data)
        if reference is None:
            return
        place = data.draw(SKUS)
        left = self.orders[reference].get(place, 0)
        allowed = left >= pieces and (reference in self.paid or not ship)
        demands = [Demand(self.skus[place], pieces)]
        number = self.number("P")
        try:
            if ship:
                consume_reservation(
                    reference=reference, demands=demands, shipment_reference=number, actor=SYSTEM
                )
            else:
                release_reservation(
                    reference=reference, demands=demands, release_reference=number, actor=SYSTEM
                )
        except (ReservationClosed, ReservationConflict):
            assert not allowed
            return
        assert allowed
        if ship:
            self.on_hand[place] -= pieces
        self.orders[reference][place] -= pieces
        if not self.orders[reference][place]:
            del self.orders[reference][place]

    @invariant()
    def everything_adds_up(self):
        rows = {stock.sku_id: stock for stock in Stock.objects.filter(sku__in=self.skus)}
        for place, sku in enumerate(self.skus):
            assert rows[sku].on_hand == self.on_hand[place]
            assert rows[sku].available == self.free(place)
        assert list(audit_stock()) == []
        held = Reservation.objects.filter(state__in=Reservation.OPEN)
        assert sum(row.outstanding for row in held if row.reference in self.orders) == sum(
            sum(order.values()) for order in self.orders.values()
        )


def test_any_sequence_of_actions_adds_up():
    run_state_machine_as_test(
        StockMachine,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
