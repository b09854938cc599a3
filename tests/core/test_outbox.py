"""Publishing and relaying on one process: what is written, in which order, and what failures do."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import pytest
from django.db import transaction

from shop.core import clock
from shop.core.actors import Actor
from shop.core.errors import Conflict, Forbidden, NotFound
from shop.core.models import AuditEntry, HandledEvent, OutboxEvent
from shop.core.outbox import Event, publish, relay, relaying, retry_dead_letter
from shop.core.outbox.relaying import BACK_OFF, due_events
from tests.elsewhere import held_elsewhere
from tests.shopfloor import subscriptions
from tests.shopfloor.events import Noted
from tests.shopfloor.models import Note

pytestmark = pytest.mark.django_db

COUNT = "tests.shopfloor.handlers.count_note"
COPY = "tests.shopfloor.handlers.copy_note"


def published(subject: str = "a", text: str = "") -> OutboxEvent:
    publish(Noted(subject=subject, text=text))
    event = OutboxEvent.objects.order_by("-id").first()
    assert event is not None
    return event


def notes(prefix: str) -> list[str]:
    return [note.text for note in Note.objects.filter(subject__startswith=prefix).order_by("id")]


def refuse(subject: str) -> Note:
    return Note.objects.create(subject="refuse", text=subject)


def make_due() -> None:
    OutboxEvent.objects.filter(state=OutboxEvent.State.PENDING).update(next_attempt_at=clock.wall())


class TestPublish:
    def test_the_event_is_a_row(self):
        event = published("a", "hello")
        assert (event.name, event.aggregate) == ("shopfloor.noted", "note:a")
        assert event.payload == {"subject": "a", "text": "hello"}
        assert (event.state, event.attempts, event.last_error) == ("pending", 0, "")

    @pytest.mark.django_db(transaction=True)
    def test_outside_a_transaction_it_is_refused(self):
        with pytest.raises(RuntimeError, match=r"shopfloor\.noted"):
            publish(Noted(subject="a"))
        assert OutboxEvent.objects.count() == 0

    def test_it_rolls_back_with_the_fact(self):
        with transaction.atomic():
            publish(Noted(subject="a"))
            transaction.set_rollback(True)
        assert OutboxEvent.objects.count() == 0

    def test_a_payload_of_anything_but_primitives_is_refused(self):
        @dataclass(frozen=True)
        class Broken(Event):
            name: ClassVar[str] = "shopfloor.broken"
            aggregate: str
            thing: object

        for thing in (object(), timedelta(1), b"x", float("nan")):
            with pytest.raises((TypeError, ValueError)):
                publish(Broken(aggregate="x:1", thing=thing))
        assert OutboxEvent.objects.count() == 0

    def test_an_aggregate_may_be_a_field(self):
        from tests.shopfloor.events import Held

        publish(Held(aggregate="note:z", text="t"))
        assert OutboxEvent.objects.get().payload == {"aggregate": "note:z", "text": "t"}


class TestDelivery:
    def test_each_handler_takes_effect_and_is_recorded(self):
        event = published("a", "x")
        assert relay() == 1
        assert (notes("count:a"), notes("copy:a")) == (["x"], ["x"])
        assert set(HandledEvent.objects.values_list("event_id", "handler")) == {
            (event.pk, COUNT),
            (event.pk, COPY),
        }
        event.refresh_from_db()
        assert event.state == OutboxEvent.State.DONE
        assert event.finished_at is not None

    def test_nothing_is_delivered_twice(self):
        published()
        assert (relay(), relay()) == (1, 0)
        assert notes("count:") == [""]

    def test_an_event_that_nobody_subscribed_to_is_done(self, monkeypatch):
        monkeypatch.setitem(subscriptions.SUBSCRIPTIONS, "shopfloor.noted", ())
        published()
        event = OutboxEvent.objects.get()
        assert (event.state, event.finished_at is not None) == (OutboxEvent.State.DONE, True)
        assert relay() == 0
        assert HandledEvent.objects.count() == 0

    def test_an_event_whose_subscribers_are_gone_meanwhile_is_done(self, monkeypatch):
        published()
        monkeypatch.setitem(subscriptions.SUBSCRIPTIONS, "shopfloor.noted", ())
        assert relay() == 1
        assert OutboxEvent.objects.get().state == OutboxEvent.State.DONE
        assert HandledEvent.objects.count() == 0

    def test_an_unknown_event_name_is_done_too(self, monkeypatch):
        monkeypatch.delitem(subscriptions.SUBSCRIPTIONS, "shopfloor.noted")
        published()
        assert OutboxEvent.objects.get().state == OutboxEvent.State.DONE

    def test_events_of_one_aggregate_come_in_order(self):
        for text in "123456789":
            published("a", text)
        assert relay() == 9
        assert notes("count:a") == list("123456789")

    def test_a_limit_is_kept_and_the_rest_waits(self):
        for number in range(5):
            published(str(number))
        assert relay(limit=3) == 3
        assert OutboxEvent.objects.filter(state="pending").count() == 2
        assert relay(limit=3) == 2

    def test_more_than_one_batch_is_drained(self):
        for number in range(230):
            published(str(number))
        assert relay() == 230
        assert len(notes("count:")) == 230


class TestAnotherRelay:
    def test_an_event_that_another_holds_is_left_to_it(self, transactional_db):
        with transaction.atomic():
            event = published("a")
        with held_elsewhere(lambda: OutboxEvent.objects.select_for_update().get(pk=event.pk)):
            assert relay() == 0
            assert notes("count:") == []
        assert relay() == 1

    def test_an_event_that_another_settled_in_between_is_left_alone(self, monkeypatch):
        event = published("a")

        def take_and_be_overtaken(limit: int) -> tuple[list[OutboxEvent], list[OutboxEvent]]:
            taken = take(limit)
            OutboxEvent.objects.filter(pk=event.pk).update(state="done")
            return taken

        take = relaying._take
        monkeypatch.setattr(relaying, "_take", take_and_be_overtaken)
        assert relay() == 0
        assert notes("count:") == []


class TestFailure:
    def test_the_failing_handlers_effect_is_gone_and_the_other_ones_stays(self):
        refuse("a")
        event = published("a")
        assert relay() == 1
        assert (notes("count:a"), notes("copy:a")) == ([""], [])
        assert list(HandledEvent.objects.values_list("handler", flat=True)) == [COUNT]
        event.refresh_from_db()
        assert (event.state, event.attempts) == ("pending", 1)

    def test_what_is_stored_about_it_names_the_handler_and_quotes_nothing(self):
        refuse("secret")
        published("secret")
        relay()
        error = OutboxEvent.objects.get().last_error
        assert error.startswith(f"{COPY}: Refused at handlers.py:")
        assert "secret" not in error

    def test_a_second_try_runs_only_what_failed(self):
        refusal = refuse("a")
        published("a")
        relay()
        refusal.delete()
        make_due()
        assert relay() == 1
        assert (notes("count:a"), notes("copy:a")) == ([""], [""])
        assert OutboxEvent.objects.get().state == "done"

    def test_a_handler_that_cannot_be_imported_is_a_failure_like_any_other(self, monkeypatch):
        monkeypatch.setitem(subscriptions.SUBSCRIPTIONS, "shopfloor.noted", ("tests.shopfloor.absent", COUNT))
        published()
        relay()
        assert notes("count:") == [""]
        assert OutboxEvent.objects.get().last_error.startswith("tests.shopfloor.absent: ImportError")

    def test_it_backs_off_and_then_parks(self, time_machine):
        refuse("a")
        event = published("a")
        moment = clock.wall() + timedelta(minutes=1)
        for attempt, pause in enumerate(BACK_OFF, start=1):
            time_machine.move_to(moment, tick=False)
            assert relay() == 1
            event.refresh_from_db()
            assert (event.state, event.attempts) == ("pending", attempt)
            assert event.next_attempt_at == moment + pause
            time_machine.move_to(moment + pause - timedelta(microseconds=1), tick=False)
            assert relay() == 0
            moment += pause
        time_machine.move_to(moment, tick=False)
        assert relay() == 1
        event.refresh_from_db()
        assert (event.state, event.attempts, event.finished_at) == ("dead", len(BACK_OFF) + 1, moment)
        assert relay() == 0

    def test_later_events_of_the_aggregate_wait_for_it(self):
        refusal = refuse("a")
        first, second, other = published("a", "1"), published("a", "2"), published("b", "3")
        assert relay() == 2
        assert list(HandledEvent.objects.filter(handler=COPY).values_list("event_id", flat=True)) == [
            other.pk
        ]
        assert list(due_events()) == []
        refusal.delete()
        make_due()
        assert relay() == 2
        assert notes("copy:a") == ["1", "2"]
        assert {first.pk, second.pk} <= set(HandledEvent.objects.values_list("event_id", flat=True))

    def test_a_dead_letter_holds_nobody_up(self):
        event = published("a", "1")
        OutboxEvent.objects.filter(pk=event.pk).update(state="dead")
        published("a", "2")
        assert relay() == 1
        assert notes("count:a") == ["2"]


class TestRetryOfADeadLetter:
    actor = Actor.system("test")

    def dead(self) -> OutboxEvent:
        refusal = refuse("a")
        event = published("a")
        OutboxEvent.objects.filter(pk=event.pk).update(attempts=len(BACK_OFF))
        relay()
        refusal.delete()
        event.refresh_from_db()
        assert event.state == "dead"
        return event

    def test_it_is_delivered_again_without_repeating_what_succeeded(self):
        event = self.dead()
        retry_dead_letter(actor=self.actor, event_id=event.pk)
        event.refresh_from_db()
        assert (event.state, event.attempts, event.finished_at) == ("pending", 0, None)
        assert relay() == 1
        assert (notes("count:a"), notes("copy:a")) == ([""], [""])

    def test_an_event_that_is_not_parked_is_a_conflict(self):
        event = published()
        with pytest.raises(Conflict):
            retry_dead_letter(actor=self.actor, event_id=event.pk)
        event.refresh_from_db()
        assert event.state == "pending"

    def test_it_leaves_an_audit_entry(self):
        event = self.dead()
        retry_dead_letter(actor=self.actor, event_id=event.pk)
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.subject_id) == ("core.retry_dead_letter", str(event.pk))
        assert (entry.before["state"], entry.after) == ("dead", {"state": "pending", "attempts": 0})

    def test_a_member_may_not(self):
        event = self.dead()
        with pytest.raises(Forbidden):
            retry_dead_letter(actor=Actor.member(1), event_id=event.pk)
        event.refresh_from_db()
        assert (event.state, AuditEntry.objects.count()) == ("dead", 0)

    def test_an_unknown_event_is_not_found(self):
        with pytest.raises(NotFound):
            retry_dead_letter(actor=self.actor, event_id=0)
