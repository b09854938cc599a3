"""Stock-in, stock-take and returns: booked once, by those who may, with a paper."""

import pytest
import time_machine

from catalog.errors import CountBelowReserved, StockConflict
from catalog.models import Location, Stock, StockDocument, StockMovement
from catalog.services.stock import (
    Count,
    Demand,
    receive_stock,
    reserve_stock,
    return_stock,
    set_stock_levels,
    take_stock,
)
from catalog.services.stock.posting import MAX_PIECES
from shop.core.access import sync_roles
from shop.core.actors import Actor
from shop.core.errors import Forbidden, InvalidInput, NotFound
from shop.core.models import AuditEntry
from tests.catalog.factories import SYSTEM, make_sku, make_warehouse

pytestmark = pytest.mark.django_db


def on_hand(sku):
    return Stock.objects.get(sku=sku).on_hand


def receive(*lines, reference="IN1", actor=SYSTEM, location_id=None, reason="采购入库"):
    return receive_stock(
        actor=actor, location_id=location_id, lines=lines, reference=reference, reason=reason
    )


def take(*lines, reference="TAKE1", reason="月末盘点"):
    return take_stock(actor=SYSTEM, location_id=None, lines=lines, reference=reference, reason=reason)


@pytest.fixture
def sku():
    return make_sku(stock=10)


@pytest.fixture
def staff(django_user_model):
    """A member of staff with a role: ``staff("warehouse")``."""
    from shop.core.access import role_group
    from shop.core.permissions import Role

    def make(role):
        sync_roles()
        user = django_user_model.objects.create_user(f"{role}-1", is_staff=True)
        user.groups.add(role_group(Role(role)))
        return Actor.staff(user)

    return make


def test_stock_in_adds_pieces_signs_a_document_and_is_audited(sku):
    document = receive(Demand(sku.pk, 5), Demand(sku.pk, 1))
    assert on_hand(sku) == 16
    assert (document.kind, document.lines, document.pieces) == ("stock_in", 1, 6)
    assert (document.reason, document.actor_label) == ("采购入库", "tests")
    movement = StockMovement.objects.get(reference="IN1")
    assert (movement.kind, movement.on_hand_delta, movement.reason) == ("stock_in", 6, "采购入库")
    entry = AuditEntry.objects.get(action="catalog.receive_stock", subject_id=str(document.pk))
    assert entry.after["pieces"] == 6


def test_the_same_stock_in_again_changes_nothing_and_another_is_refused(sku):
    other = make_sku(stock=0)
    first = receive(Demand(sku.pk, 5))
    assert receive(Demand(sku.pk, 5)) == first
    for lines in ([Demand(sku.pk, 6)], [Demand(sku.pk, 5), Demand(other.pk, 1)], [Demand(other.pk, 5)]):
        with pytest.raises(StockConflict):
            receive(*lines)
    assert (on_hand(sku), on_hand(other)) == (15, 0)


def test_stock_in_at_a_new_location_makes_the_row(sku):
    place = Location.objects.create(name="二号仓")
    receive(Demand(sku.pk, 4), location_id=place.pk)
    assert Stock.objects.get(sku=sku, location=place).on_hand == 4
    assert Stock.objects.get(sku=sku, location=make_warehouse()).on_hand == 10
    with pytest.raises(StockConflict):
        receive(Demand(sku.pk, 4))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reference": ""}, "reference"),
        ({"reference": "R" * 65}, "reference"),
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 201}, "reason"),
        ({"location_id": 987654321}, "location"),
    ],
)
def test_a_faulty_paper_is_refused_with_its_field(sku, changes, field):
    with pytest.raises(InvalidInput) as refused:
        receive(Demand(sku.pk, 1), **changes)
    assert [error.field for error in refused.value.errors] == [field]
    assert on_hand(sku) == 10


def test_unknown_skus_missing_lines_and_mad_quantities_are_refused(sku):
    for lines, code in (
        ([], "empty"),
        ([Demand(987654321, 1)], "unknown_sku"),
        ([Demand(sku.pk, MAX_PIECES + 1)], "out_of_range"),
        ([Demand(sku.pk, MAX_PIECES)], "out_of_range"),
    ):
        with pytest.raises(InvalidInput) as refused:
            receive(*lines)
        assert [error.code for error in refused.value.errors] == [code]
    with pytest.raises(InvalidInput):
        take(Count(sku.pk, -1))
    assert on_hand(sku) == 10
    assert not StockDocument.objects.filter(reference="IN1").exists()


def test_a_stock_take_makes_the_count_true_and_proves_what_was_right(sku):
    other = make_sku(stock=4)
    document = take(Count(sku.pk, 7), Count(other.pk, 4))
    assert (on_hand(sku), on_hand(other)) == (7, 4)
    assert (document.lines, document.pieces) == (2, -3)
    deltas = StockMovement.objects.filter(reference="TAKE1").order_by("stock__sku")
    assert list(deltas.values_list("on_hand_delta", flat=True)) == [-3, 0]


def test_a_stock_take_repeated_after_sales_does_not_undo_them(sku):
    take(Count(sku.pk, 8))
    receive(Demand(sku.pk, 5), reference="IN2")
    take(Count(sku.pk, 8))
    assert on_hand(sku) == 13
    with pytest.raises(StockConflict):
        take(Count(sku.pk, 9))


def test_a_count_below_what_is_promised_is_refused_whole(sku):
    other = make_sku(stock=4)
    reserve_stock(reference="A", demands=[Demand(sku.pk, 6)], expires_at=None, actor=SYSTEM)
    with pytest.raises(CountBelowReserved) as refused:
        take(Count(other.pk, 1), Count(sku.pk, 5))
    assert refused.value.extra["lines"] == [{"sku": sku.pk, "counted": 5, "reserved": 6}]
    assert (on_hand(sku), on_hand(other)) == (10, 4)
    take(Count(sku.pk, 6))
    assert on_hand(sku) == 6


def test_a_sku_is_counted_once_per_paper(sku):
    with pytest.raises(InvalidInput):
        take(Count(sku.pk, 1), Count(sku.pk, 2))


def test_returns_come_back_once_per_after_sale(sku):
    for _ in range(2):
        return_stock(actor=SYSTEM, lines=[Demand(sku.pk, 2)], reference="AS1", reason="退货")
    assert on_hand(sku) == 12
    with pytest.raises(StockConflict):
        return_stock(actor=SYSTEM, lines=[Demand(sku.pk, 3)], reference="AS1")
    with pytest.raises(InvalidInput):
        return_stock(actor=SYSTEM, lines=[Demand(987654321, 3)], reference="AS2")
    assert on_hand(sku) == 12


@pytest.mark.parametrize(
    ("role", "allowed"),
    [("warehouse", True), ("operations", True), ("owner", True), ("service", False), ("auditor", False)],
)
def test_who_may_book_stock(sku, staff, role, allowed):
    actor = staff(role)
    if allowed:
        assert receive(Demand(sku.pk, 1), actor=actor).actor_label == f"{role}-1"
        return
    with pytest.raises(Forbidden):
        receive(Demand(sku.pk, 1), actor=actor)
    with pytest.raises(Forbidden):
        take_stock(actor=actor, location_id=None, lines=[Count(sku.pk, 1)], reference="T", reason="x")
    with pytest.raises(Forbidden):
        set_stock_levels(actor=actor, stock_id=sku.stocks.get().pk, warning_level=1, safety_level=1)
    assert on_hand(sku) == 10


def test_members_book_nothing(sku):
    with pytest.raises(Forbidden):
        receive(Demand(sku.pk, 1), actor=Actor.member(1))


def test_levels_of_an_unknown_row_are_not_found():
    with pytest.raises(NotFound):
        set_stock_levels(actor=SYSTEM, stock_id=987654321, warning_level=1, safety_level=1)


@pytest.mark.parametrize("lines", [1, 50])
def test_the_number_of_queries_does_not_grow_with_the_lines(lines, django_assert_num_queries):
    with time_machine.travel("2026-03-01T12:00:00+08:00", tick=False):
        skus = [make_sku(stock=0) for _ in range(lines)]
        with django_assert_num_queries(12):
            receive(*(Demand(sku.pk, 20) for sku in skus))
