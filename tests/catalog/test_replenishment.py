"""What to reorder: pace from what was shipped, days of cover, quantity to order; holds that expired."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from catalog.jobs import count_pace, count_sold_out, refresh_levels, roll_up
from catalog.models import Location, Stock, StockPace
from catalog.queries import expired_reservations, replenishment
from catalog.queries.stock import document_lines, open_reservations, stock_history
from catalog.rules.stock import days_of_cover, quantity_to_order
from catalog.services.stock import (
    Demand,
    commit_reservation,
    consume_reservation,
    default_location,
    receive_stock,
    release_reservation,
    reserve_stock,
    set_stock_levels,
)
from shop.core import clock, runtime
from shop.core.errors import NotFound
from shop.core.jobs import registered_jobs
from tests.catalog.factories import SYSTEM, make_sku

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 1, 4, tzinfo=UTC)
DAY = timedelta(days=1)


def sell(sku, pieces, number):
    demands = [Demand(sku.pk, pieces)]
    reserve_stock(reference=f"O{number}", demands=demands, expires_at=None, actor=SYSTEM)
    commit_reservation(reference=f"O{number}")
    consume_reservation(
        reference=f"O{number}", demands=demands, shipment_reference=f"S{number}", actor=SYSTEM
    )


def figures(sku):
    row = replenishment().get(sku=sku)
    return (row.free, row.sold_7, row.sold_30, row.cover_days, row.to_order, row.shortage)


def test_pace_cover_and_quantity():
    with time_machine.travel(START, tick=False) as travel:
        sku, still = make_sku(stock=100), make_sku(stock=5)
        sell(sku, 10, 1)
        travel.shift(25 * DAY)
        sell(sku, 31, 2)
        assert count_pace() == 1
        assert count_pace() == 0
        assert figures(sku) == (59, 31, 41, 43, 0, "none")
        assert figures(still) == (5, 0, 0, None, 0, "low")
        runtime.set_value(actor=SYSTEM, name="replenish_cover_days", value=60)
        runtime.forget()
        set_stock_levels(actor=SYSTEM, stock_id=sku.stocks.get().pk, warning_level=80, safety_level=60)
        assert figures(sku) == (59, 31, 41, 43, 60 + 82 - 59, "critical")
        travel.shift(6 * DAY)
        assert count_pace() == 1
        assert figures(sku)[:4] == (59, 31, 31, 57)
        travel.shift(31 * DAY)
        assert count_pace() == 1
        assert figures(sku)[:4] == (59, 0, 0, None)
        assert count_pace() == 0
        assert StockPace.objects.count() == 1


@given(
    free=st.integers(0, 500),
    safety=st.integers(0, 50),
    sold=st.integers(0, 400),
    cover=st.integers(1, 365),
)
def test_the_list_and_the_rules_agree(free, safety, sold, cover):
    order = quantity_to_order(available=free, safety=safety, sold=sold, days=30, cover_days=cover)
    assert order >= 0
    if order:
        assert (free + order - safety) * 30 >= sold * cover > (free + order - safety - 1) * 30
    lasts = days_of_cover(available=free, sold=sold, days=30)
    assert (lasts is None) == (sold == 0)
    if lasts is not None:
        assert lasts * sold <= free * 30 < (lasts + 1) * sold


def test_sql_computes_what_the_rules_say():
    runtime.set_value(actor=SYSTEM, name="replenish_cover_days", value=17)
    runtime.forget()
    for pieces, sold, safety in ((3, 0, 0), (40, 7, 3), (1, 40, 0), (200, 61, 12)):
        sku = make_sku(stock=pieces)
        stock = sku.stocks.get()
        StockPace.objects.create(stock=stock, sold_7=0, sold_30=sold)
        set_stock_levels(actor=SYSTEM, stock_id=stock.pk, warning_level=None, safety_level=safety)
        row = replenishment().get(pk=stock.pk)
        assert row.cover_days == days_of_cover(available=pieces, sold=sold, days=30)
        assert row.to_order == quantity_to_order(
            available=pieces, safety=safety, sold=sold, days=30, cover_days=17
        )


def test_the_list_sorts_filters_and_knows_places(django_assert_num_queries):
    skus = [make_sku(stock=pieces) for pieces in (0, 30, 4)]
    place = Location.objects.create(name="二号仓")
    receive_stock(
        actor=SYSTEM, location_id=place.pk, lines=[Demand(skus[1].pk, 2)], reference="IN", reason="x"
    )
    with django_assert_num_queries(1):
        rows = list(replenishment().filter(shortage__in=("out", "low")).order_by("free"))
        assert [(row.sku.product.title != "", row.location.name, row.free) for row in rows] == [
            (True, "总仓", 0),
            (True, "二号仓", 2),
            (True, "总仓", 4),
        ]
    assert replenishment(location_id=place.pk).count() == 1
    skus[0].is_active = False
    skus[0].save()
    assert replenishment().filter(shortage="out").count() == 0


def test_expired_holds_are_named_once_the_oldest_first():
    with time_machine.travel(START, tick=False) as travel:
        sku, other = make_sku(), make_sku()

        def hold(reference, minutes):
            reserve_stock(
                reference=reference,
                demands=[Demand(sku.pk, 1), Demand(other.pk, 1)],
                expires_at=clock.now() + timedelta(minutes=minutes),
                actor=SYSTEM,
            )

        for reference, minutes in (("late", 30), ("second", 10), ("first", 5), ("paid", 5), ("freed", 5)):
            hold(reference, minutes)
        commit_reservation(reference="paid")
        release_reservation(reference="freed", actor=SYSTEM)
        assert expired_reservations() == []
        travel.shift(timedelta(minutes=10))
        assert expired_reservations() == ["first", "second"]
        assert expired_reservations(limit=2) == ["first"]
        stock = Stock.objects.get(sku=sku)
        assert [row.reference for row in open_reservations(stock_id=stock.pk)] == [
            "late",
            "second",
            "first",
            "paid",
        ]
        assert stock_history(stock_id=stock.pk)[0].kind == "release"
        document = list(stock_history(stock_id=stock.pk))[-1]
        assert document_lines(kind="stock_in", reference=document.reference).get().stock == stock


def test_a_run_of_a_job_is_bounded(monkeypatch):
    monkeypatch.setattr("catalog.jobs.MOST_BATCHES", 3)
    monkeypatch.setattr("catalog.jobs.run_schedules_batch", lambda: 7)
    assert registered_jobs()["catalog.run_schedules"].function() == 21


def test_a_run_that_takes_long_leaves_the_rest_to_the_next(monkeypatch):
    monkeypatch.setattr("catalog.jobs.RENDER_SECONDS", 0.0)
    monkeypatch.setattr("catalog.jobs.make_renditions_batch", lambda: 7)
    assert registered_jobs()["catalog.make_renditions"].function() == 7


def test_a_shop_without_a_default_location_says_so():
    with pytest.raises(NotFound):
        default_location()


def test_the_jobs_are_declared_and_run():
    names = {name for name in registered_jobs() if name.startswith("catalog.")}
    assert names == {
        "catalog.audit_stock",
        "catalog.count_sales_pace",
        "catalog.count_sold_out",
        "catalog.make_renditions",
        "catalog.refresh_search",
        "catalog.refresh_stock_levels",
        "catalog.roll_up_searches",
        "catalog.run_schedules",
    }
    with time_machine.travel(START, tick=False) as travel:
        make_sku(stock=0)
        travel.shift(timedelta(seconds=90))
        assert (count_sold_out(), refresh_levels(), roll_up()) == (1, 0, 0)
