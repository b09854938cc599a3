"""The ground floor's own jobs."""

from datetime import timedelta

import pytest

from shop.core import clock, housekeeping, purging
from shop.core.idempotency import KEEP_KEYS
from shop.core.jobs import run_job
from shop.core.models import HandledEvent, IdempotencyKey, JobRun, OutboxEvent
from shop.core.outbox import publish
from shop.core.roof import roof_entry
from tests.shopfloor import subscriptions
from tests.shopfloor.events import Noted
from tests.shopfloor.models import Note, PurseAccount

pytestmark = pytest.mark.django_db


def test_the_sweep_delivers_what_no_kick_announced():
    publish(Noted(subject="a"))
    assert run_job("core.sweep_outbox") == 1
    assert Note.objects.filter(subject="count:a").count() == 1


class TestPurgeOutbox:
    def event(self, state: str, age: timedelta) -> OutboxEvent:
        event = OutboxEvent.objects.create(
            name="n", aggregate="a", payload={}, state=state, finished_at=clock.wall() - age
        )
        HandledEvent.objects.create(event=event, handler="h")
        return event

    def test_only_old_delivered_events_go_with_their_proofs(self):
        keep = housekeeping.KEEP_EVENTS
        self.event("done", keep + timedelta(seconds=1))
        kept = [
            self.event("done", keep - timedelta(minutes=1)),
            self.event("dead", keep * 10),
            self.event("pending", keep * 10),
        ]
        assert run_job("core.purge_outbox") == 1
        assert set(OutboxEvent.objects.all()) == set(kept)
        assert HandledEvent.objects.count() == 3

    def test_many_batches_in_one_run_and_a_bound(self, monkeypatch):
        monkeypatch.setattr(purging, "BATCH", 10)
        monkeypatch.setattr(purging, "MOST", 30)
        for _ in range(35):
            self.event("done", timedelta(days=30))
        assert run_job("core.purge_outbox") == 30
        assert run_job("core.purge_outbox") == 5


def test_idempotency_keys_go_after_three_days():
    ages = {"old": KEEP_KEYS + timedelta(seconds=1), "young": KEEP_KEYS - timedelta(minutes=1)}
    for key, age in ages.items():
        IdempotencyKey.objects.create(actor="a", key=key, fingerprint="f", created_at=clock.wall() - age)
    assert run_job("core.purge_idempotency_keys") == 1
    assert IdempotencyKey.objects.get().key == "young"


class TestPurgeJobRuns:
    def test_only_the_newest_runs_of_each_job_stay(self, monkeypatch):
        monkeypatch.setattr(housekeeping, "KEEP_RUNS", 3)
        runs = [JobRun.objects.create(name=name, outcome="done") for name in ("a", "b") for _ in range(4)]
        assert housekeeping.purge_job_runs() == 2
        assert set(JobRun.objects.all()) == {*runs[1:4], *runs[5:8]}

    def test_a_run_that_was_killed_is_marked_as_lost(self):
        long_ago = clock.wall() - housekeeping.LOST_AFTER - timedelta(seconds=1)
        killed = JobRun.objects.create(name="a", started_at=long_ago)
        running = JobRun.objects.create(name="a")
        housekeeping.purge_job_runs()
        killed.refresh_from_db()
        running.refresh_from_db()
        assert (killed.outcome, running.outcome) == ("lost", "running")


class TestLedgerAudit:
    def test_it_is_content_with_ledgers_that_add_up(self):
        PurseAccount.objects.create()
        assert run_job("core.audit_ledgers") == 0

    def test_it_fails_on_drift(self):
        account = PurseAccount.objects.create()
        PurseAccount.objects.filter(pk=account.pk).update(balance=1)
        with pytest.raises(housekeeping.LedgerDrift, match="1 accounts"):
            run_job("core.audit_ledgers")
        assert JobRun.objects.get().outcome == "failed"


class TestRoof:
    def test_an_entry_is_imported(self, monkeypatch):
        monkeypatch.setitem(subscriptions.PAYABLES, "note", "tests.shopfloor.models.Note")
        assert roof_entry("PAYABLES", "note") is Note

    def test_an_absent_entry_is_a_lookup_error(self):
        with pytest.raises(LookupError, match="absent"):
            roof_entry("PAYABLES", "absent")
