"""Schedules live in the database (django-celery-beat), so that staff can switch a job off and on."""

import json
from datetime import timedelta
from typing import Any

from celery.schedules import crontab, schedule
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from shop.core import clock
from shop.core.db import transaction
from shop.core.jobs.registry import Job, registered_jobs

RUN_JOB_TASK = "shop.core.jobs.tasks.run_job"

_LEAST_EXPIRY_SECONDS = 60


def sync_schedules() -> int:
    """Make beat's table say what the code declares; return how many schedules changed.

    What staff decided stays: an existing schedule keeps its ``enabled``. Schedules of jobs that no longer
    exist are removed. Schedules that are not jobs of ours are left alone.
    """
    jobs = registered_jobs()
    with transaction():
        ours = PeriodicTask.objects.filter(task=RUN_JOB_TASK)
        changed = sum(_sync(job) for job in jobs.values())
        for gone in ours.exclude(name__in=jobs):
            gone.delete()
            changed += 1
    return changed


def _sync(job: Job) -> bool:
    wanted = _fields(job)
    task = PeriodicTask.objects.filter(name=job.name).first()
    if task is None:
        # Beat counts a period from the last run. "A period ago" makes the first run come at once.
        first = clock.wall() - job.every if isinstance(job.every, timedelta) else None
        PeriodicTask.objects.create(name=job.name, last_run_at=first, **wanted)
        return True
    differing = [field for field, value in wanted.items() if getattr(task, field) != value]
    for field in differing:
        setattr(task, field, wanted[field])
    if differing:
        task.save()
    return bool(differing)


def _fields(job: Job) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "task": RUN_JOB_TASK,
        "args": json.dumps([job.name]),
        "queue": job.queue,
        "description": str(job.description),
        "interval": None,
        "crontab": None,
        # Runs that pile up while no worker lives are worth nothing when it comes back; a daily run is.
        "expire_seconds": None,
    }
    if isinstance(job.every, crontab):
        fields["crontab"] = _crontab(job.every)
    else:
        fields["interval"] = _interval(job.every)
        fields["expire_seconds"] = max(_LEAST_EXPIRY_SECONDS, int(job.every.total_seconds()))
    return fields


def _interval(every: timedelta) -> IntervalSchedule:
    known = IntervalSchedule.from_schedule(schedule(every))
    if known.pk is None:
        known.save()
    return known


def _crontab(every: crontab) -> CrontabSchedule:
    known = CrontabSchedule.from_schedule(every)
    if known.pk is None:
        known.save()
    return known
