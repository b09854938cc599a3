"""Levels, alerts that are announced once, and time sold out by Beijing day."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from catalog.models import SoldOutDay, Stock, StockMovement
from catalog.services.stock import (
    Demand,
    receive_stock,
    release_reservation,
    reserve_stock,
    set_stock_levels,
)
from catalog.services.stock.levels import refresh_all_levels, refresh_levels_below
from catalog.services.stock.soldout import count_sold_out_batch
from shop.core import runtime
from shop.core.models import AuditEntry, OutboxEvent
from tests.catalog.factories import SYSTEM, make_category, make_sku

pytestmark = pytest.mark.django_db


def reserve(sku, quantity, reference):
    reserve_stock(reference=reference, demands=[Demand(sku.pk, quantity)], expires_at=None, actor=SYSTEM)


def receive(sku, quantity, reference):
    lines = [Demand(sku.pk, quantity)]
    receive_stock(actor=SYSTEM, location_id=None, lines=lines, reference=reference, reason="进货")


def announced(sku):
    stock = Stock.objects.get(sku=sku)
    events = OutboxEvent.objects.filter(aggregate=f"stock:{stock.pk}").order_by("pk")
    return [(event.name.removeprefix("catalog."), event.payload["available"]) for event in events]


@pytest.fixture
def sku():
    """Fifty pieces, warning at 10, safety at 3; the first stock-in announced the recovery."""
    sku = make_sku(stock=0, category_id=make_category(warning_level=10, safety_level=3).pk)
    receive(sku, 50, "first")
    assert announced(sku) == [("stock_recovered", 50)]
    OutboxEvent.objects.all().delete()
    return sku


def test_each_level_is_announced_once_on_the_way_down(sku):
    for number, quantity in enumerate((39, 1, 6, 1, 1, 1, 1)):
        reserve(sku, quantity, f"A{number}")
    assert announced(sku) == [("stock_low", 10), ("stock_low", 3), ("stock_out", 0)]
    levels = [event.payload.get("level") for event in OutboxEvent.objects.order_by("pk")]
    assert levels == ["low", "critical", None]


def test_what_is_sold_cancelled_and_sold_again_is_announced_once(sku):
    for round_ in range(3):
        reserve(sku, 50, f"A{round_}")
        release_reservation(reference=f"A{round_}", actor=SYSTEM)
        reserve(sku, 45, f"B{round_}")
        reserve(sku, 5, f"C{round_}")
        release_reservation(reference=f"C{round_}", actor=SYSTEM)
        release_reservation(reference=f"B{round_}", actor=SYSTEM)
    round_trip = [("stock_out", 0), ("stock_recovered", 50)]
    assert announced(sku) == [*round_trip, ("stock_low", 5), *round_trip] * 3
    OutboxEvent.objects.all().delete()
    reserve(sku, 50, "D")
    reserve_and_free = [("E", 4), ("F", 2)]
    for reference, quantity in reserve_and_free:
        receive(sku, quantity, reference)
        reserve(sku, quantity, reference)
    assert announced(sku) == [("stock_out", 0)]
    receive(sku, 11, "G")
    assert announced(sku) == [("stock_out", 0), ("stock_recovered", 11)]


def test_the_nearest_level_counts_row_then_category_then_shop():
    top = make_category(warning_level=20, safety_level=5)
    middle = make_category(parent=top, warning_level=8)
    leaf = make_category(parent=middle)
    sku, plain = make_sku(category_id=leaf.pk), make_sku()
    stock = Stock.objects.get(sku=sku)
    assert (stock.warning_at, stock.safety_at) == (8, 5)
    other = Stock.objects.get(sku=plain)
    assert (other.warning_at, other.safety_at) == (10, 0)
    stock = set_stock_levels(actor=SYSTEM, stock_id=stock.pk, warning_level=2, safety_level=None)
    assert (stock.warning_at, stock.safety_at) == (2, 5)
    set_stock_levels(actor=SYSTEM, stock_id=stock.pk, warning_level=2, safety_level=None)
    assert AuditEntry.objects.filter(action="catalog.set_stock_levels").count() == 1
    top.safety_level = 6
    top.save()
    assert refresh_levels_below(top.path) == 1
    runtime.set_value(actor=SYSTEM, name="stock_warning_level", value=12)
    runtime.forget()
    assert refresh_all_levels() == 1
    stock.refresh_from_db()
    other.refresh_from_db()
    assert (stock.warning_at, stock.safety_at, other.warning_at) == (2, 6, 12)


def seconds(sku):
    rows = SoldOutDay.objects.filter(stock__sku=sku).order_by("day")
    return {row.day: row.seconds for row in rows}


def beijing(day, hour, minute=0, second=0):
    return datetime(2026, 3, day, hour, minute, second, tzinfo=UTC) - timedelta(hours=8)


def test_sold_out_time_is_split_at_midnight_in_beijing():
    with time_machine.travel(beijing(10, 12), tick=False) as clock:
        sku = make_sku(stock=5)
        clock.move_to(beijing(10, 22, 30))
        reserve(sku, 5, "A")
        clock.move_to(beijing(12, 1, 0, 5))
        release_reservation(reference="A", actor=SYSTEM)
        assert seconds(sku) == {
            date(2026, 3, 10): 5400,
            date(2026, 3, 11): 86400,
            date(2026, 3, 12): 3605,
        }
        stock = Stock.objects.get(sku=sku)
        assert (stock.sold_out_since, stock.sold_out_counted_to) == (None, None)


def test_the_job_counts_what_is_still_sold_out_and_recovery_adds_only_the_rest():
    with time_machine.travel(beijing(10, 12), tick=False) as clock:
        sku = make_sku(stock=5)
        clock.move_to(beijing(10, 23))
        reserve(sku, 5, "A")
        clock.move_to(beijing(11, 0, 5))
        assert count_sold_out_batch() == 1
        assert count_sold_out_batch() == 0
        assert seconds(sku) == {date(2026, 3, 10): 3600, date(2026, 3, 11): 300}
        stock = Stock.objects.get(sku=sku)
        assert stock.sold_out_since == beijing(10, 23)
        clock.move_to(beijing(11, 1))
        release_reservation(reference="A", actor=SYSTEM)
        assert seconds(sku) == {date(2026, 3, 10): 3600, date(2026, 3, 11): 3600}
        assert count_sold_out_batch() == 0


def test_flapping_within_a_day_adds_up_and_never_exceeds_it():
    with time_machine.travel(beijing(10, 0), tick=False) as clock:
        sku = make_sku(stock=1)
        for number in range(20):
            clock.shift(timedelta(seconds=0.7))
            reserve(sku, 1, f"A{number}")
            clock.shift(timedelta(seconds=10.7))
            release_reservation(reference=f"A{number}", actor=SYSTEM)
        assert 200 <= seconds(sku)[date(2026, 3, 10)] <= 220


def test_a_new_sku_counts_as_sold_out_without_announcing_it():
    sku = make_sku(stock=0)
    stock = Stock.objects.get(sku=sku)
    assert (stock.alert, stock.sold_out_since is not None) == ("out", True)
    assert announced(sku) == []
    assert not StockMovement.objects.filter(stock=stock).exists()
