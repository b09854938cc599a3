"""On sale, off sale, by hand and by schedule; the recycle bin."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from catalog.errors import ProductDeleted, ProductIncomplete
from catalog.jobs import run_schedules
from catalog.models import Product
from catalog.services.products import delete_product, restore_product, set_product_state
from shop.core.actors import Actor
from shop.core.errors import Forbidden, NotFound
from shop.core.models import AuditEntry, OutboxEvent
from tests.catalog.factories import SYSTEM, make_product

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


def events():
    names = OutboxEvent.objects.filter(aggregate__startswith="product:").order_by("pk")
    found = [event.name.removeprefix("catalog.product_") for event in names]
    return [name for name in found if name != "changed"]


def set_state(product, state):
    return set_product_state(actor=SYSTEM, product_id=product.pk, state=state)


def state_of(product):
    return Product.objects.get(pk=product.pk).state


def test_going_on_and_off_sale_is_published_once():
    product = make_product(on_sale=False)
    assert state_of(product) == "draft"
    first = set_state(product, "on_sale").listed_at
    set_state(product, "on_sale")
    set_state(product, "off_sale")
    set_state(product, "off_sale")
    assert set_state(product, "on_sale").listed_at == first
    assert events() == ["listed", "unlisted", "listed"]
    assert AuditEntry.objects.filter(action="catalog.list_product").count() == 3


def test_an_incomplete_product_does_not_go_on_sale():
    product = make_product(on_sale=False, media_ids=())
    product.skus.update(is_active=False)
    with pytest.raises(ProductIncomplete) as refused:
        set_state(product, "on_sale")
    assert [error.field for error in refused.value.errors] == ["skus", "media"]
    assert state_of(product) == "draft"
    assert events() == []


def test_what_is_on_sale_was_listed_says_the_database():
    product = make_product(on_sale=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.filter(pk=product.pk).update(state="on_sale")


def test_who_may_and_what_is_not_there():
    product = make_product()
    for action in (set_product_state, delete_product, restore_product):
        extra = {"state": "off_sale"} if action is set_product_state else {}
        with pytest.raises(Forbidden):
            action(actor=Actor.member(1), product_id=product.pk, **extra)
        with pytest.raises(NotFound):
            action(actor=SYSTEM, product_id=987654321, **extra)
    with pytest.raises(ValueError):
        set_state(product, "sold")
    assert state_of(product) == "on_sale"


def test_the_recycle_bin():
    product = make_product()
    deleted = delete_product(actor=SYSTEM, product_id=product.pk)
    assert (deleted.state, deleted.is_deleted, deleted.deleted_at is not None) == ("off_sale", True, True)
    delete_product(actor=SYSTEM, product_id=product.pk)
    assert events() == ["listed", "unlisted"]
    with pytest.raises(ProductDeleted):
        set_state(product, "on_sale")
    restored = restore_product(actor=SYSTEM, product_id=product.pk)
    assert (restored.state, restored.is_deleted, restored.deleted_at) == ("off_sale", False, None)
    restore_product(actor=SYSTEM, product_id=product.pk)
    assert AuditEntry.objects.filter(action="catalog.delete_product").count() == 2
    draft = make_product(on_sale=False)
    assert delete_product(actor=SYSTEM, product_id=draft.pk).state == "draft"


def test_schedules_put_products_on_and_off_at_their_time():
    with time_machine.travel(NOON, tick=False) as clock:
        product = make_product(on_sale=False, on_sale_at=NOON + HOUR, off_sale_at=NOON + 3 * HOUR)
        assert run_schedules() == 0
        clock.shift(HOUR)
        assert run_schedules() == 1
        assert state_of(product) == "on_sale"
        assert run_schedules() == 0
        clock.shift(2 * HOUR)
        assert run_schedules() == 1
        assert state_of(product) == "off_sale"
        clock.shift(5 * HOUR)
        assert run_schedules() == 0
        assert events() == ["listed", "unlisted"]


def test_a_schedule_that_was_missed_whole_ends_off_sale():
    with time_machine.travel(NOON, tick=False) as clock:
        draft = make_product(on_sale=False, on_sale_at=NOON + HOUR, off_sale_at=NOON + 2 * HOUR)
        clock.shift(5 * HOUR)
        assert run_schedules() == 1
        assert run_schedules() == 0
        assert state_of(draft) == "draft"
        assert events() == []


def test_by_hand_spends_a_schedule_that_has_passed_and_keeps_the_other():
    with time_machine.travel(NOON, tick=False) as clock:
        product = make_product(on_sale=False, on_sale_at=NOON + HOUR, off_sale_at=NOON + 3 * HOUR)
        moved = set_state(product, "on_sale")
        assert (moved.on_sale_at, moved.off_sale_at) == (None, NOON + 3 * HOUR)
        clock.shift(4 * HOUR)
        assert set_state(product, "on_sale").off_sale_at is None
        waiting = make_product(on_sale=False, on_sale_at=NOON + 5 * HOUR)
        assert set_state(waiting, "off_sale").on_sale_at == NOON + 5 * HOUR
        clock.shift(2 * HOUR)
        assert set_state(waiting, "off_sale").on_sale_at is None


def test_an_incomplete_product_loses_its_schedule_and_the_audit_says_why():
    with time_machine.travel(NOON, tick=False) as clock:
        product = make_product(on_sale=False, media_ids=(), on_sale_at=NOON + HOUR)
        clock.shift(HOUR)
        assert run_schedules() == 1
        assert run_schedules() == 0
        product.refresh_from_db()
        assert (product.state, product.on_sale_at) == ("draft", None)
        entry = AuditEntry.objects.get(action="catalog.list_product")
        assert entry.after["missing"]
        assert entry.actor_label == "catalog.run_schedules"
