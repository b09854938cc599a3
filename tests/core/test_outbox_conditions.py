"""Handlers that say what they want to hear: asked first, run only if they do, and still each effect once."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop.core import clock
from shop.core.models import HandledEvent, OutboxEvent
from shop.core.outbox import only_if, publish, relay
from tests.shopfloor import subscriptions
from tests.shopfloor.events import Noted
from tests.shopfloor.handlers import count_note
from tests.shopfloor.models import Note

pytestmark = pytest.mark.django_db

COUNT = "tests.shopfloor.handlers.count_note"
COPY = "tests.shopfloor.handlers.copy_note"
PICKY = f"{__name__}.count_what_is_loud"
BROKEN = f"{__name__}.count_after_a_broken_question"


@only_if(lambda event: event["text"] == "loud")
def count_what_is_loud(event: Mapping[str, Any]) -> None:
    count_note(event)


def _cannot_tell(event: Mapping[str, Any]) -> bool:
    raise LookupError


@only_if(_cannot_tell)
def count_after_a_broken_question(event: Mapping[str, Any]) -> None:
    _cannot_tell(event)


def deliver(monkeypatch: pytest.MonkeyPatch, *handlers: str, text: str = "") -> OutboxEvent:
    monkeypatch.setitem(subscriptions.SUBSCRIPTIONS, "shopfloor.noted", handlers)
    publish(Noted(subject="a", text=text))
    assert relay() == 1
    return OutboxEvent.objects.get()


def handled() -> set[str]:
    return set(HandledEvent.objects.values_list("handler", flat=True))


def test_a_handler_whose_condition_is_met_takes_effect_once(monkeypatch):
    event = deliver(monkeypatch, PICKY, text="loud")
    assert (event.state, handled()) == ("done", {PICKY})
    assert relay() == 0
    assert Note.objects.filter(subject="count:a").count() == 1


def test_a_handler_whose_condition_is_not_met_is_not_run(monkeypatch):
    event = deliver(monkeypatch, PICKY, text="quiet")
    assert (event.state, event.attempts, event.finished_at is not None) == ("done", 0, True)
    assert (handled(), Note.objects.count()) == (set(), 0)


@pytest.mark.parametrize("handlers", [(PICKY, COPY), (COPY, PICKY)])
def test_the_others_settle_the_event_wherever_it_stands(monkeypatch, handlers):
    event = deliver(monkeypatch, *handlers, text="quiet")
    assert (event.state, handled()) == ("done", {COPY})
    assert Note.objects.filter(subject="copy:a").count() == 1


def test_it_is_asked_again_when_the_event_comes_again_and_what_took_effect_is_not_repeated(monkeypatch):
    refusal = Note.objects.create(subject="refuse", text="a")
    event = deliver(monkeypatch, COUNT, PICKY, COPY, text="quiet")
    assert (event.state, event.attempts, handled()) == ("pending", 1, {COUNT})
    refusal.delete()
    OutboxEvent.objects.update(next_attempt_at=clock.wall(), payload={"subject": "a", "text": "loud"})
    assert relay() == 1
    assert handled() == {COUNT, PICKY, COPY}
    assert Note.objects.filter(subject="count:a").count() == 2, "one of each handler"
    assert OutboxEvent.objects.get().state == "done"


def test_a_condition_that_cannot_tell_leaves_it_to_the_handler_whose_failure_is_recorded(monkeypatch):
    event = deliver(monkeypatch, COUNT, BROKEN)
    assert (event.state, event.attempts, handled()) == ("pending", 1, {COUNT})
    assert event.last_error.startswith(f"{BROKEN}: LookupError")


def test_a_handler_costs_one_statement_besides_its_own(monkeypatch):
    with CaptureQueriesContext(connection) as queries:
        deliver(monkeypatch, PICKY, text="loud")
    # On a connection that knows a statement already, only its values are sent.
    about_events = [sql for query in queries if "core_" in (sql := query["sql"]) or "EXECUTE shop_" in sql]
    # Published, taken, handled and settled at once, found empty, and read by the test.
    assert len(about_events) == 5, about_events
