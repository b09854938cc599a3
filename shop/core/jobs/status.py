"""How the jobs are doing: for the console's operations page and for metrics."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django_celery_beat.models import PeriodicTask

from shop.core import clock
from shop.core.jobs.registry import Job, registered_jobs
from shop.core.models import JobRun


@dataclass(frozen=True)
class JobStatus:
    """One job's last run and next run. Times are true time.

    ``lag`` is how long ago it should have started again: zero when it is on time or switched off.
    """

    job: Job
    enabled: bool
    schedule: str
    last_run: JobRun | None
    last_success: datetime | None
    next_run: datetime | None
    lag: timedelta


def job_status() -> list[JobStatus]:
    """Return the status of every job by name, in three queries."""
    jobs = registered_jobs()
    plans = {
        plan.name: plan
        for plan in PeriodicTask.objects.filter(name__in=jobs).select_related("interval", "crontab")
    }
    newest = _newest_runs(list(jobs))
    succeeded = _newest_runs(list(jobs), outcome=JobRun.Outcome.DONE)
    return [
        _status(job, plans.get(name), newest.get(name), succeeded.get(name)) for name, job in jobs.items()
    ]


def _newest_runs(names: list[str], **wanted: str) -> dict[str, JobRun]:
    runs = JobRun.objects.filter(name__in=names, **wanted).order_by("name", "-id").distinct("name")
    return {run.name: run for run in runs}


def _status(job: Job, plan: PeriodicTask | None, last: JobRun | None, success: JobRun | None) -> JobStatus:
    enabled = plan is not None and plan.enabled
    next_run, lag = None, timedelta(0)
    if plan is not None and enabled:
        since = last.started_at if last else plan.last_run_at or plan.date_changed
        now = clock.wall()
        next_run = now + plan.schedule.remaining_estimate(since)
        lag = max(timedelta(0), now - next_run)
    return JobStatus(
        job=job,
        enabled=enabled,
        schedule=str(plan.scheduler) if plan is not None else "",
        last_run=last,
        last_success=success.finished_at if success else None,
        next_run=next_run,
        lag=lag,
    )
