"""Outbox under storm: many relays at once, killed relays, exactly one effect per event and handler."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.utils.module_loading import import_string

from shop.core import clock
from shop.core.models import HandledEvent, OutboxEvent
from shop.core.outbox import publish, relay
from shop.core.outbox.publishing import handlers_of
from shop.core.outbox.relaying import due_events
from tests.processes import Child
from tests.shopfloor.events import Held, Noted
from tests.shopfloor.handlers import HOLD
from tests.shopfloor.models import Note
from tests.storms import raised, storm
from tests.waiting import wait_until

pytestmark = [pytest.mark.lasts(15), pytest.mark.django_db(transaction=True)]

EVENTS = 200
RELAYS = 8


def publish_all(subjects: list[str]) -> None:
    with transaction.atomic():
        for subject in subjects:
            publish(Noted(subject=subject))


def effects(prefix: str) -> Counter[str]:
    return Counter(Note.objects.filter(subject__startswith=prefix).values_list("subject", flat=True))


def drain(_number: int = 0) -> int:
    """Relay until nothing is pending: a relay that loses every race gives up early, another run goes on."""
    total = 0
    while OutboxEvent.objects.filter(state="pending").exists():
        total += relay()
    return total


def test_eight_relays_deliver_two_hundred_events_exactly_once():
    publish_all([str(number) for number in range(EVENTS)])
    results = storm(drain, threads=RELAYS)
    assert raised(results) == []
    assert sum(results) == EVENTS
    assert effects("count:") == {f"count:{number}": 1 for number in range(EVENTS)}
    assert effects("copy:") == {f"copy:{number}": 1 for number in range(EVENTS)}
    assert HandledEvent.objects.count() == 2 * EVENTS
    assert set(OutboxEvent.objects.values_list("state", flat=True)) == {"done"}


def test_negative_control_relays_without_lock_and_record_deliver_twice():
    """The same storm with a relay that reads what is due, runs the handlers and marks it done afterwards."""
    publish_all([str(number) for number in range(EVENTS)])

    everybody_has_read = threading.Barrier(RELAYS)

    def naive_relay(_number: int) -> None:
        due = list(due_events())
        everybody_has_read.wait(120)
        for event in due:
            for handler in handlers_of(event.name):
                import_string(handler)(event.payload)
            OutboxEvent.objects.filter(pk=event.pk).update(state="done")

    assert raised(storm(naive_relay, threads=RELAYS)) == []
    assert effects("count:") == {f"count:{number}": RELAYS for number in range(EVENTS)}


def test_order_within_an_aggregate_holds_with_eight_relays():
    with transaction.atomic():
        for number in range(EVENTS):
            publish(Noted(subject=f"s{number % 10}", text=f"{number:03d}"))
    assert raised(storm(drain, threads=RELAYS)) == []
    for stream in range(10):
        texts = list(
            Note.objects.filter(subject=f"count:s{stream}").order_by("id").values_list("text", flat=True)
        )
        assert texts == [f"{number:03d}" for number in range(stream, EVENTS, 10)]


def test_two_hundred_publishers_lose_nothing():
    def publish_one(number: int) -> None:
        with transaction.atomic():
            publish(Noted(subject=str(number)))

    assert raised(storm(publish_one)) == []
    drain()
    assert effects("count:") == {f"count:{number}": 1 for number in range(EVENTS)}


def relay_once() -> int:
    """Runs in a child process."""
    return relay()


@contextmanager
def handlers_held() -> Iterator[None]:
    """Keep ``count_and_wait`` from ending, by a lock of this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [HOLD])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [HOLD])


def somebody_waits_for_the_hold() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted", [HOLD]
        )
        return bool(cursor.fetchone()[0])


def event_is_free() -> bool:
    """Return whether no transaction holds the event's row any more."""
    with transaction.atomic():
        return OutboxEvent.objects.select_for_update(skip_locked=True).exists()


def let_the_lease_run_out() -> None:
    """Bring forward the moment at which the killed relay's event may be taken by another."""
    assert relay() == 0, "it is leased to the relay that was killed"
    OutboxEvent.objects.update(next_attempt_at=clock.wall())


@pytest.mark.chaos
def test_a_relay_killed_in_the_middle_of_a_handler_leaves_no_trace_and_the_next_one_does_it_once():
    with transaction.atomic():
        publish(Held(aggregate="thing:1"))
    child = Child(f"{__name__}.relay_once")
    child.wait_until_ready()
    with handlers_held():
        child.go()
        wait_until(somebody_waits_for_the_hold)
        assert relay() == 0, "the event belongs to the child while its handler runs"
        child.kill()
    wait_until(event_is_free)
    assert effects("held:") == {}
    assert HandledEvent.objects.count() == 0
    let_the_lease_run_out()
    assert relay() == 1
    assert effects("held:") == {"held:thing:1": 1}
    assert HandledEvent.objects.count() == 1


@pytest.mark.chaos
def test_a_relay_killed_between_two_handlers_does_not_repeat_the_first():
    with transaction.atomic():
        publish(Held(aggregate="thing:2", text="twice"))
    OutboxEvent.objects.update(name="shopfloor.counted_then_held")
    child = Child(f"{__name__}.relay_once")
    child.wait_until_ready()
    with handlers_held():
        child.go()
        wait_until(somebody_waits_for_the_hold)
        child.kill()
    wait_until(event_is_free)
    assert (effects("aggregate:"), effects("held:")) == ({"aggregate:thing:2": 1}, {})
    let_the_lease_run_out()
    assert relay() == 1
    assert (effects("aggregate:"), effects("held:")) == ({"aggregate:thing:2": 1}, {"held:thing:2": 1})
    assert OutboxEvent.objects.get().state == "done"
