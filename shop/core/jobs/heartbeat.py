"""Heartbeats: beat sends one through every queue, so that a silent beat or worker shows within a minute."""

from collections.abc import Mapping
from datetime import timedelta
from typing import get_args

from django.utils.translation import gettext_lazy as _

from shop.core import clock
from shop.core.jobs.registry import Queue, job
from shop.core.models import JobRun

EVERY = timedelta(seconds=15)

QUEUES: tuple[Queue, ...] = get_args(Queue)


def _beat_once() -> int:
    """The recorded run is the heartbeat."""
    return 1


def _declare(queue: Queue) -> str:
    name = f"core.heartbeat_{queue}"
    job(
        name=name,
        every=EVERY,
        queue=queue,
        title=_("Heartbeat"),
        description=_(
            "Shows that the scheduler and this queue's worker are alive. Without it /readyz fails."
        ),
    )(_beat_once)
    return name


_JOBS: Mapping[Queue, str] = {queue: _declare(queue) for queue in QUEUES}


def heartbeat_ages() -> dict[Queue, float | None]:
    """Return for each queue the seconds since its last heartbeat; ``None`` if there never was one."""
    return {queue: _age(name) for queue, name in _JOBS.items()}


def heartbeat_age() -> float | None:
    """Return the age in seconds of the oldest queue's heartbeat; ``None`` if a queue never had one."""
    ages = [age for age in heartbeat_ages().values() if age is not None]
    return max(ages) if len(ages) == len(_JOBS) else None


def _age(name: str) -> float | None:
    newest = JobRun.objects.filter(name=name).order_by("-id").first()
    return None if newest is None else (clock.wall() - newest.started_at).total_seconds()
