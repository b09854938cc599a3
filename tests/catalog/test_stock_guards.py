"""The database's last word: no counter without a movement, no movement changed, nothing below zero."""

import pytest
from django.db import IntegrityError, connection, transaction

from catalog.errors import OutOfStock, StockConflict
from catalog.models import Stock, StockDocument, StockMovement
from catalog.services.stock import Demand, receive_stock, reserve_stock
from catalog.services.stock import posting as posting_module
from shop.core import db
from shop.core.errors import Busy, NotFound
from tests.catalog.factories import SYSTEM, make_sku

pytestmark = pytest.mark.django_db


@pytest.fixture
def stock():
    return Stock.objects.get(sku=make_sku(stock=10))


@pytest.mark.parametrize("change", [{"on_hand": 11}, {"reserved": 1}, {"on_hand": 9, "reserved": 1}])
def test_counters_do_not_change_without_a_movement(stock, change):
    with pytest.raises(IntegrityError, match="differs from its last movement"), transaction.atomic():
        Stock.objects.filter(pk=stock.pk).update(**change)
    with pytest.raises(IntegrityError, match="differs from its last movement"), transaction.atomic():
        Stock.objects.create(sku=stock.sku, location=make_other_place(), on_hand=1)
    assert Stock.objects.get().on_hand == 10


def make_other_place():
    from catalog.models import Location

    return Location.objects.create(name="二号仓")


def test_levels_may_change_without_a_movement(stock):
    assert Stock.objects.filter(pk=stock.pk).update(warning_level=3) == 1


def test_movements_are_never_changed_or_deleted(stock):
    for change in (
        lambda: StockMovement.objects.update(reason="forged"),
        lambda: StockMovement.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()


@pytest.mark.parametrize(
    ("kind", "on_hand", "reserved"),
    [
        ("stock_in", -1, 0),
        ("stock_in", 0, 0),
        ("return", 1, 1),
        ("stock_take", 1, 1),
        ("reserve", 0, -1),
        ("reserve", 1, 1),
        ("release", 0, 1),
        ("consume", -1, 0),
        ("consume", -1, -2),
        ("consume", 1, 1),
        ("gift", 1, 0),
    ],
)
def test_a_movement_fits_its_kind(stock, kind, on_hand, reserved):
    with pytest.raises(IntegrityError, match="catalog_movement_fits_its_kind"), transaction.atomic():
        StockMovement.objects.create(
            stock=stock,
            kind=kind,
            on_hand_delta=on_hand,
            reserved_delta=reserved,
            on_hand_after=20,
            reserved_after=10,
            reference="X",
            actor_key="x",
            at="2026-01-01T00:00:00Z",
        )


def stale(monkeypatch, **changes):
    """Make the services see rows as somebody without a lock might have: older than they are."""
    real = db.lock_rows

    def read(queryset):
        rows = real(queryset)
        for row in rows:
            for name, value in changes.items():
                setattr(row, name, value)
        return rows

    monkeypatch.setattr(posting_module, "lock_rows", read)


def test_a_writer_that_saw_more_than_there_is_gets_out_of_stock_not_an_error(stock, monkeypatch):
    reserve_stock(reference="A", demands=[Demand(stock.sku_id, 10)], expires_at=None, actor=SYSTEM)
    stale(monkeypatch, reserved=0)
    with transaction.atomic():
        with pytest.raises(OutOfStock) as refused:
            reserve_stock(reference="B", demands=[Demand(stock.sku_id, 3)], expires_at=None, actor=SYSTEM)
        assert refused.value.extra["lines"] == [{"sku": stock.sku_id, "available": 0, "wanted": 3}]
        assert Stock.objects.get().reserved == 10


def test_a_writer_that_saw_an_old_row_is_told_to_try_again(stock, monkeypatch):
    reserve_stock(reference="A", demands=[Demand(stock.sku_id, 4)], expires_at=None, actor=SYSTEM)
    stale(monkeypatch, reserved=0)
    with pytest.raises(Busy):
        reserve_stock(reference="B", demands=[Demand(stock.sku_id, 3)], expires_at=None, actor=SYSTEM)
    assert Stock.objects.get().reserved == 4
    assert not StockMovement.objects.filter(reference="B").exists()


def test_a_reference_that_somebody_used_a_moment_ago_is_a_conflict(stock, monkeypatch):
    from catalog.services.stock import documents

    lines = [Demand(stock.sku_id, 4)]
    receive_stock(actor=SYSTEM, location_id=None, lines=lines, reference="IN", reason="x")
    monkeypatch.setattr(documents, "_known_document", lambda kind, reference: None)
    with pytest.raises(StockConflict):
        receive_stock(actor=SYSTEM, location_id=None, lines=lines, reference="IN", reason="x")
    assert StockDocument.objects.filter(reference="IN").count() == 1


def test_other_broken_rules_are_not_mistaken_for_short_stock(stock):
    with pytest.raises(IntegrityError), posting_module.stock_transaction(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO catalog_tag (id, name, position) VALUES (1, 'a', 0), (1, 'b', 0)")


def test_locking_rows_that_do_not_exist_is_not_found():
    with pytest.raises(NotFound), transaction.atomic():
        posting_module.lock_stock_rows([987654321])


def test_no_change_is_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        posting_module.apply([], actor=SYSTEM)
