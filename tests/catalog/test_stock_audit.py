"""The audit finds every kind of drift, changes nothing, and stays quick on many movements."""

import time
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from catalog.jobs import StockDriftFound, audit_all_stock
from catalog.models import Stock
from catalog.queries.stock_audit import audit_stock
from catalog.services.stock import Demand, commit_reservation, consume_reservation, reserve_stock
from tests.catalog.factories import SYSTEM, make_sku

pytestmark = pytest.mark.django_db


@pytest.fixture
def stock():
    """Ten pieces came, five were promised, two of them shipped."""
    sku = make_sku(stock=10)
    make_sku(stock=3)
    reserve_stock(reference="A", demands=[Demand(sku.pk, 5)], expires_at=None, actor=SYSTEM)
    commit_reservation(reference="A")
    consume_reservation(reference="A", demands=[Demand(sku.pk, 2)], shipment_reference="S", actor=SYSTEM)
    return Stock.objects.get(sku=sku)


def tamper(sql, *parameters):
    """Change what only a superuser with the triggers switched off could."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, parameters)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def run():
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command("audit_stock", stdout=out, stderr=err)
    except SystemExit as end:
        code = int(end.code or 0)
    return code, out.getvalue(), err.getvalue()


def test_untouched_stock_adds_up(stock):
    assert run() == (0, "2 stock rows add up.\n", "")
    assert audit_all_stock() == 0


@pytest.mark.parametrize(
    ("sql", "seen"),
    [
        ("UPDATE catalog_stock SET on_hand = 9 WHERE id = %s", ("on_hand", 9)),
        ("UPDATE catalog_stock SET reserved = 4 WHERE id = %s", ("reserved", 4)),
        (
            "DELETE FROM catalog_stockmovement WHERE stock_id = %s AND kind = 'reserve'",
            ("broken_movements", 1),
        ),
        ("UPDATE catalog_reservation SET consumed = 1 WHERE stock_id = %s", ("reserved_held", 4)),
        ("UPDATE catalog_stock SET sold_out_since = now() WHERE id = %s", ("on_hand", 8)),
        (
            "UPDATE catalog_stockmovement SET on_hand_after = 7 WHERE stock_id = %s AND kind = 'consume'",
            ("broken_movements", 1),
        ),
    ],
)
def test_every_kind_of_drift_is_found_and_named(stock, sql, seen):
    tamper(sql, stock.pk)
    (drift,) = audit_stock()
    name, value = seen
    assert (drift.stock_id, getattr(drift, name)) == (stock.pk, value)
    code, out, err = run()
    assert (code, err) == (1, "1 stock rows drifted.\n")
    assert out.splitlines()[1].split()[0] == str(stock.pk)
    with pytest.raises(StockDriftFound):
        audit_all_stock()


def test_a_hundred_thousand_movements_are_audited_in_seconds(stock):
    tamper(
        "INSERT INTO catalog_stockmovement (stock_id, kind, on_hand_delta, reserved_delta, on_hand_after,"
        " reserved_after, reference, actor_key, reason, at)"
        " SELECT %s, 'stock_in', 1, 0, 8 + n, 3, 'bulk' || n, 'x', '', now()"
        " FROM generate_series(1, 100000) AS n",
        stock.pk,
    )
    tamper("UPDATE catalog_stock SET on_hand = 100008 WHERE id = %s", stock.pk)
    started = time.monotonic()
    assert list(audit_stock()) == []
    assert time.monotonic() - started < 20
