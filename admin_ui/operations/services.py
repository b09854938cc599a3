"""What staff can do about jobs; each is a business action and leaves an audit entry."""

from django_celery_beat.models import PeriodicTask
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from shop.core import audit, permissions
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_row
from shop.core.errors import NotFound, Unavailable
from shop.core.jobs import registered_jobs
from shop.core.jobs.tasks import run_job as run_job_task


def start_job(*, actor: Actor, name: str) -> None:
    """Send a job to its queue now, whatever its schedule says; jobs are safe to run twice and at once.

    The audit entry is committed first: a run that nobody asked for would be worse than one asked for that
    the broker lost. Raises Forbidden, NotFound, and Unavailable when the broker does not answer.
    """
    permissions.require(actor, "core.run_job")
    jobs = registered_jobs()
    if name not in jobs:
        raise NotFound
    _record_start(actor=actor, name=name)
    try:
        run_job_task.apply_async(args=(name,), queue=jobs[name].queue, retry=False)
    except (KombuError, RedisError, OSError) as error:
        raise Unavailable from error


@in_transaction
def _record_start(*, actor: Actor, name: str) -> None:
    audit.record(actor=actor, action="core.run_job", subject=("job", name))


@in_transaction
def switch_job(*, actor: Actor, name: str, enabled: bool) -> None:
    """Pause a job's schedule or resume it; beat notices within seconds. Locks the schedule."""
    permissions.require(actor, "core.pause_job")
    plan = lock_row(PeriodicTask.objects.filter(name=name))
    if plan.enabled == enabled:
        return
    plan.enabled = enabled
    plan.save()
    audit.record(
        actor=actor,
        action="core.resume_job" if enabled else "core.pause_job",
        subject=("job", name),
        before={"enabled": not enabled},
        after={"enabled": enabled},
    )
