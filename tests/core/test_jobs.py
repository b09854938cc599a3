"""Jobs: declared, scheduled, run, recorded, reported."""

import json
from datetime import datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.utils import translation
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from shop.core import clock
from shop.core.errors import NotFound
from shop.core.jobs import (
    heartbeat_age,
    heartbeat_ages,
    job,
    job_status,
    registered_jobs,
    run_job,
    sync_schedules,
)
from shop.core.jobs.registry import _registry
from shop.core.jobs.schedules import RUN_JOB_TASK
from shop.core.jobs.tasks import run_job as run_job_task
from shop.core.models import JobRun
from tests.shopfloor import subscriptions
from tests.shopfloor.models import Note

pytestmark = pytest.mark.django_db


@pytest.fixture
def registry(monkeypatch):
    """Whatever a test declares is forgotten afterwards."""
    before = dict(_registry)
    yield _registry
    _registry.clear()
    _registry.update(before)


def status_of(name: str):
    (status,) = [status for status in job_status() if status.job.name == name]
    return status


class TestDeclaring:
    def test_the_roofs_modules_are_imported_and_sorted(self):
        jobs = registered_jobs()
        assert list(jobs) == sorted(jobs)
        assert {"core.sweep_outbox", "core.heartbeat_bulk", "shopfloor.read_notes"} <= set(jobs)
        declared = jobs["shopfloor.read_notes"]
        assert (declared.queue, declared.every) == ("bulk", timedelta(minutes=5))

    def test_every_job_says_what_it_does(self):
        with translation.override("en"):
            for declared in registered_jobs().values():
                assert str(declared.title)
                assert str(declared.description).endswith(".")

    def test_two_jobs_of_one_name_are_a_mistake(self, registry):
        declare = job(name="core.sweep_outbox", every=timedelta(1), title="t", description="d")
        with pytest.raises(ImproperlyConfigured, match=r"core\.sweep_outbox"):
            declare(lambda: 0)

    def test_a_fraction_of_a_second_is_a_mistake(self):
        with pytest.raises(ImproperlyConfigured, match="whole number"):
            job(name="x", every=timedelta(milliseconds=1500), title="t", description="d")


class TestRunning:
    def test_a_run_is_recorded_with_what_it_did(self, time_machine):
        time_machine.move_to("2026-01-01T00:00:00Z", tick=False)
        Note.objects.create(subject="a")
        assert run_job("shopfloor.read_notes") == 1
        run = JobRun.objects.get()
        assert (run.name, run.outcome, run.processed, run.error) == ("shopfloor.read_notes", "done", 1, "")
        assert run.started_at == run.finished_at == clock.wall()

    def test_a_second_run_finds_nothing_left(self):
        Note.objects.create(subject="a")
        assert [run_job("shopfloor.read_notes") for _ in range(2)] == [1, 0]

    def test_a_failure_is_recorded_without_its_message_and_goes_up(self):
        with pytest.raises(ValueError, match="a secret"):
            run_job("shopfloor.fail")
        run = JobRun.objects.get()
        assert (run.outcome, run.processed) == ("failed", 0)
        assert run.error.startswith("ValueError at jobs.py:")
        assert run.finished_at is not None

    def test_an_unknown_job_is_not_found_and_not_recorded(self):
        with pytest.raises(NotFound):
            run_job("shopfloor.absent")
        assert JobRun.objects.count() == 0

    def test_the_celery_task_runs_it(self):
        run_job_task("shopfloor.read_notes")
        assert JobRun.objects.get().outcome == "done"
        assert run_job_task.name == RUN_JOB_TASK


class TestCommand:
    def call(self, *arguments: str) -> str:
        out = StringIO()
        with translation.override("en"):
            call_command("run_job", *arguments, stdout=out)
        return out.getvalue()

    def test_it_runs_a_job(self):
        Note.objects.create(subject="a")
        assert self.call("shopfloor.read_notes") == "shopfloor.read_notes: 1\n"

    def test_it_lists_the_jobs(self):
        lines = self.call("--list").splitlines()
        assert len(lines) == len(registered_jobs())
        (line,) = [line for line in lines if line.startswith("shopfloor.read_notes")]
        assert line.split() == ["shopfloor.read_notes", "bulk", "0:05:00", "Read", "notes"]

    @pytest.mark.parametrize("arguments", [[], ["absent"]])
    def test_without_a_job_it_fails(self, arguments):
        with pytest.raises(CommandError, match="--list"):
            self.call(*arguments)
        assert JobRun.objects.count() == 0


class TestSchedules:
    def test_every_job_gets_a_row(self):
        assert sync_schedules() == len(registered_jobs())
        plan = PeriodicTask.objects.get(name="shopfloor.read_notes")
        assert (plan.task, json.loads(plan.args), plan.queue) == (
            RUN_JOB_TASK,
            ["shopfloor.read_notes"],
            "bulk",
        )
        assert (plan.interval.every, plan.interval.period) == (300, IntervalSchedule.SECONDS)
        assert plan.expire_seconds == 300
        assert plan.enabled

    def test_a_crontab_is_in_beijing_time_and_never_expires(self):
        sync_schedules()
        plan = PeriodicTask.objects.get(name="shopfloor.fail")
        assert (plan.crontab.hour, plan.crontab.minute, plan.expire_seconds) == ("3", "30", None)
        assert plan.crontab.timezone == ZoneInfo("Asia/Shanghai")

    def test_frequent_jobs_expire_after_a_minute(self):
        sync_schedules()
        assert PeriodicTask.objects.get(name="core.sweep_outbox").expire_seconds == 60

    def test_a_new_periodic_job_is_due_at_once_and_a_crontab_at_its_hour(self):
        sync_schedules()
        periodic = PeriodicTask.objects.get(name="shopfloor.read_notes")
        assert periodic.schedule.is_due(periodic.last_run_at).is_due
        assert PeriodicTask.objects.get(name="shopfloor.fail").last_run_at is None

    def test_a_second_sync_changes_nothing(self):
        sync_schedules()
        changed_at = list(PeriodicTask.objects.order_by("pk").values_list("date_changed", flat=True))
        counts = (IntervalSchedule.objects.count(), CrontabSchedule.objects.count())
        assert sync_schedules() == 0
        assert list(PeriodicTask.objects.order_by("pk").values_list("date_changed", flat=True)) == changed_at
        assert (IntervalSchedule.objects.count(), CrontabSchedule.objects.count()) == counts

    def test_what_staff_switched_off_stays_off(self):
        sync_schedules()
        PeriodicTask.objects.filter(name="shopfloor.read_notes").update(enabled=False)
        assert sync_schedules() == 0
        assert not PeriodicTask.objects.get(name="shopfloor.read_notes").enabled

    def test_a_changed_declaration_reaches_the_row(self, registry):
        sync_schedules()
        del registry["shopfloor.read_notes"]
        job(
            name="shopfloor.read_notes", every=crontab(hour="1"), queue="critical", title="t", description="d"
        )(lambda: 0)
        PeriodicTask.objects.filter(name="shopfloor.read_notes").update(enabled=False)
        assert sync_schedules() == 1
        plan = PeriodicTask.objects.get(name="shopfloor.read_notes")
        assert (plan.queue, plan.interval, plan.crontab.hour) == ("critical", None, "1")
        assert not plan.enabled

    def test_the_row_of_a_job_that_is_gone_goes_too_and_other_rows_stay(self, registry):
        sync_schedules()
        interval = IntervalSchedule.objects.create(every=1, period="days")
        PeriodicTask.objects.create(name="merchant's own", task="other.task", interval=interval)
        del registry["shopfloor.read_notes"]
        assert sync_schedules() == 1
        assert not PeriodicTask.objects.filter(name="shopfloor.read_notes").exists()
        assert PeriodicTask.objects.filter(name="merchant's own").exists()


class TestStatus:
    def run_at(self, moment: datetime, outcome: str = "done") -> JobRun:
        return JobRun.objects.create(
            name="shopfloor.read_notes", started_at=moment, finished_at=moment, outcome=outcome
        )

    def test_without_a_schedule_a_job_is_off(self):
        status = status_of("shopfloor.read_notes")
        assert (status.enabled, status.last_run, status.next_run, status.schedule) == (False, None, None, "")
        assert status.lag == timedelta(0)

    def test_next_run_and_no_lag_when_it_is_on_time(self, time_machine):
        time_machine.move_to("2026-01-01T00:00:00Z", tick=False)
        sync_schedules()
        run = self.run_at(clock.wall() - timedelta(minutes=2))
        status = status_of("shopfloor.read_notes")
        assert status.last_run == run
        assert status.last_success == run.finished_at
        assert status.next_run == clock.wall() + timedelta(minutes=3)
        assert status.lag == timedelta(0)

    def test_the_lag_of_one_that_stands_still(self, time_machine):
        time_machine.move_to("2026-01-01T00:00:00Z", tick=False)
        sync_schedules()
        self.run_at(clock.wall() - timedelta(minutes=12))
        status = status_of("shopfloor.read_notes")
        assert status.lag == timedelta(minutes=7)

    def test_a_crontab_knows_its_next_hour_in_beijing(self, time_machine):
        time_machine.move_to("2026-01-01T00:00:00Z", tick=False)
        sync_schedules()
        status = status_of("shopfloor.fail")
        assert status.next_run == datetime(2026, 1, 2, 3, 30, tzinfo=clock.BEIJING)
        assert status.lag == timedelta(0)

    def test_the_last_success_outlives_a_failure(self, time_machine):
        time_machine.move_to("2026-01-01T00:00:00Z", tick=False)
        sync_schedules()
        success = self.run_at(clock.wall() - timedelta(minutes=4))
        failure = self.run_at(clock.wall(), outcome="failed")
        status = status_of("shopfloor.read_notes")
        assert (status.last_run, status.last_success) == (failure, success.finished_at)

    def test_one_that_is_switched_off_has_no_lag(self):
        sync_schedules()
        PeriodicTask.objects.filter(name="shopfloor.read_notes").update(enabled=False)
        self.run_at(clock.wall() - timedelta(days=3))
        status = status_of("shopfloor.read_notes")
        assert (status.enabled, status.next_run, status.lag) == (False, None, timedelta(0))

    def test_three_queries_however_many_jobs(self, django_assert_num_queries):
        sync_schedules()
        with django_assert_num_queries(3):
            assert len(job_status()) == len(registered_jobs())


class TestHeartbeat:
    def test_never_is_none(self):
        assert heartbeat_age() is None
        assert heartbeat_ages() == {"critical": None, "default": None, "bulk": None}

    def test_the_oldest_queue_counts(self, time_machine):
        time_machine.move_to("2026-01-01T00:00:00Z", tick=False)
        run_job("core.heartbeat_bulk")
        time_machine.shift(20)
        run_job("core.heartbeat_critical")
        assert heartbeat_age() is None
        run_job("core.heartbeat_default")
        time_machine.shift(1)
        assert heartbeat_ages() == {"critical": 1.0, "default": 1.0, "bulk": 21.0}
        assert heartbeat_age() == 21.0


def test_a_job_module_that_is_absent_is_a_mistake(monkeypatch):
    monkeypatch.setattr(subscriptions, "JOBS", ("tests.shopfloor.absent",))
    with pytest.raises(ModuleNotFoundError):
        registered_jobs()
