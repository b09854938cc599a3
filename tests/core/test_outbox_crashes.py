"""Relays that die while they deliver: every start is counted in the end, and nobody else pays for it."""

import os
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from shop.core import clock
from shop.core.actors import Actor
from shop.core.models import HandledEvent, OutboxEvent
from shop.core.outbox import publish, relay, relaying, retry_dead_letter
from shop.core.outbox.relaying import BACK_OFF, LEASE, PROCESS_ENDED
from tests.elsewhere import held_elsewhere
from tests.processes import Child
from tests.shopfloor.events import Deadly, Noted
from tests.shopfloor.handlers import OUT_OF_MEMORY
from tests.shopfloor.models import Note

TIMES = "attempts", "taken_at", "next_attempt_at"


def published(subject: str) -> OutboxEvent:
    with transaction.atomic():
        publish(Noted(subject=subject))
    return OutboxEvent.objects.latest("id")


def make_due() -> None:
    OutboxEvent.objects.filter(state="pending").update(next_attempt_at=clock.wall())


def abandoned(subject: str, *, attempts: int = 0) -> OutboxEvent:
    """An event whose relay was killed half a minute ago."""
    event = published(subject)
    now = clock.wall()
    OutboxEvent.objects.filter(pk=event.pk).update(
        attempts=attempts, taken_at=now - LEASE, next_attempt_at=now
    )
    return OutboxEvent.objects.get(pk=event.pk)


def relay_in_processes_that_die(count: int) -> list[tuple[int, float]]:
    """Runs in a child: one relay after the other, each in a process of its own, whenever something is due.

    Returns how each ended, and for how many seconds the deadly event was then put off.
    """
    ends = []
    for _number in range(count):
        make_due()
        connections.close_all()
        pid = os.fork()
        if pid == 0:
            relay()
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        event = OutboxEvent.objects.get(name="shopfloor.deadly")
        assert event.taken_at is not None
        ends.append((code, (event.next_attempt_at - event.taken_at).total_seconds()))
    return ends


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_an_event_that_kills_every_process_is_parked_and_the_others_are_delivered():
    # Given an event that kills its process, one before it, one after it, and one that must wait for it
    with transaction.atomic():
        publish(Noted(subject="before"))
        publish(Deadly(aggregate="note:1"))
        publish(Noted(subject="after"))
        publish(Noted(subject="1"))
    before, deadly, after, waiting = OutboxEvent.objects.order_by("id")
    # When relays take it as often as an event may be tried
    tries = len(BACK_OFF) + 1
    child = Child(f"{__name__}.relay_in_processes_that_die", count=tries)
    child.wait_until_ready()
    child.go()
    ends = child.result()
    # Then each was killed, and the event was put off for longer and longer
    pauses = [pause.total_seconds() for pause in (LEASE, *BACK_OFF)]
    assert [code for code, _pause in ends] == [OUT_OF_MEMORY] * tries
    assert [pause for _code, pause in ends] == pytest.approx(pauses, abs=1)
    # And the next relay parks it without running it, and delivers what waited for it
    make_due()
    assert relay() == 2
    deadly.refresh_from_db()
    assert (deadly.state, deadly.attempts, deadly.last_error) == ("dead", tries, PROCESS_ENDED)
    assert deadly.finished_at is not None
    assert Note.objects.filter(subject__startswith="deadly:").count() == 0
    # And the innocent ones took effect once
    notes = Note.objects.filter(subject__startswith="count:").order_by("id")
    assert [note.subject for note in notes] == ["count:before", "count:after", "count:1"]
    assert set(HandledEvent.objects.values_list("event_id", flat=True)) == {before.pk, after.pk, waiting.pk}
    states = OutboxEvent.objects.exclude(pk=deadly.pk).order_by("id").values_list("state", "attempts")
    assert list(states) == [("done", 0), ("done", 1), ("done", 0)]


@pytest.mark.django_db
class TestAnAbandonedEvent:
    def test_is_delivered_by_the_next_relay_and_the_loss_is_counted(self):
        event = abandoned("a")
        assert relay() == 1
        event.refresh_from_db()
        assert (event.state, event.attempts, event.taken_at) == ("done", 1, None)
        assert event.last_error == PROCESS_ENDED
        assert Note.objects.filter(subject="count:a").count() == 1

    def test_that_then_fails_like_any_other_is_put_off_by_both_failures(self):
        Note.objects.create(subject="refuse", text="a")
        event = abandoned("a")
        assert relay() == 1
        event.refresh_from_db()
        assert (event.state, event.attempts, event.taken_at) == ("pending", 2, None)
        assert BACK_OFF[1] - (event.next_attempt_at - clock.wall()) < timedelta(seconds=5)
        assert "Refused" in event.last_error

    def test_is_parked_after_its_last_attempt(self):
        event = abandoned("a", attempts=len(BACK_OFF))
        assert relay() == 1
        event.refresh_from_db()
        assert (event.state, event.attempts) == ("dead", len(BACK_OFF) + 1)
        assert Note.objects.count() == 0
        # And a retry begins afresh
        retry_dead_letter(actor=Actor.system("test"), event_id=event.pk)
        event.refresh_from_db()
        assert (event.state, event.attempts, event.taken_at) == ("pending", 0, None)
        assert relay() == 1
        assert Note.objects.filter(subject="count:a").count() == 1

    def test_that_another_relay_took_meanwhile_is_left_to_it(self):
        event = abandoned("a")
        OutboxEvent.objects.update(taken_at=clock.wall())
        before = OutboxEvent.objects.values(*TIMES).get()
        assert not relaying._deliver_alone(event)
        assert OutboxEvent.objects.values(*TIMES).get() == before
        assert Note.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_handler_that_outlives_its_lease_is_neither_suspected_nor_run_beside(monkeypatch):
    event = abandoned("slow")
    monkeypatch.setattr("shop.core.db.LOCK_TIMEOUT_SECONDS", 0.2)
    with held_elsewhere(lambda: OutboxEvent.objects.select_for_update().get(pk=event.pk)):
        assert relay() == 0
        assert not relaying._deliver(event), "somebody else still runs it"
    event.refresh_from_db()
    assert (event.attempts, Note.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_fails_is_not_mistaken_for_another_relay():
    """Given a handler's event, when the database ends our statements, then that is a failure to be told."""
    event = abandoned("a")
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 200")
        try:
            with held_elsewhere(lambda: OutboxEvent.objects.select_for_update().get(pk=event.pk)):
                reason = relaying._run_handler(event, "tests.shopfloor.handlers.count_note", last=True)
        finally:
            cursor.execute("RESET statement_timeout")
    assert reason.startswith("tests.shopfloor.handlers.count_note: OperationalError")


@pytest.mark.django_db(transaction=True)
def test_only_the_note_may_be_lost_with_the_machine():
    """Taking an event does not wait for the disk; what the handlers did is committed as safely as ever."""
    published("a")
    with connection.execute_wrapper(remember := Remembered()):
        assert relay() == 1
    light = [statements for statements in remember.transactions if "synchronous_commit" in statements]
    assert len(remember.transactions) > len(light) > 0
    assert not any("shopfloor_note" in statements for statements in light)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")
        published("b")
        assert relay() == 1
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",), "a caller's own transaction stays as it was"


class Remembered:
    """The statements of each transaction, as one text."""

    def __init__(self) -> None:
        self.transactions: list[str] = []

    def __call__(self, execute, sql, params, many, context):
        # The driver begins a transaction with its first statement.
        if connection.connection.get_transaction_status() == TRANSACTION_STATUS_IDLE:
            self.transactions.append("")
        result = execute(sql, params, many, context)
        self.transactions[-1] += f"{context['cursor'].query.decode()}\n"  # as it was sent
        return result
