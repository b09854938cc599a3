"""The ground floor's own jobs: sweep the outbox, keep the tables that grow small, audit the ledgers."""

from datetime import timedelta

from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

from shop.core import clock
from shop.core.idempotency import KEEP_KEYS
from shop.core.jobs import job
from shop.core.ledger import audit_ledgers
from shop.core.models import IdempotencyKey, JobRun, OutboxEvent
from shop.core.outbox import relay
from shop.core.purging import purge

KEEP_EVENTS = timedelta(days=7)
KEEP_RUNS = 500
LOST_AFTER = timedelta(minutes=15)
"""Longer than any task may take (CELERY_TASK_TIME_LIMIT): a run still open then was killed."""


class LedgerDrift(RuntimeError):
    """A ledger's balances and entries disagree; the audit command names the accounts."""


@job(
    name="core.sweep_outbox",
    every=timedelta(seconds=10),
    title=_("Deliver waiting events"),
    description=_(
        "Delivers events whose kick was lost and repeats failed deliveries. While it stands still, what"
        " follows from an action (points, notices, commissions) comes late."
    ),
)
def sweep_outbox() -> int:
    """Deliver what the kick lost and what is due again."""
    return relay()


@job(
    name="core.purge_outbox",
    every=timedelta(hours=1),
    queue="bulk",
    title=_("Delete delivered events"),
    description=_(
        "Deletes events delivered more than a week ago; dead letters stay. Without it the table grows."
    ),
)
def purge_outbox() -> int:
    """Delete done events, and the proofs of their handling, after a week."""
    old = OutboxEvent.objects.filter(
        state=OutboxEvent.State.DONE, finished_at__lt=clock.wall() - KEEP_EVENTS
    ).order_by("finished_at")
    return purge(old)


@job(
    name="core.purge_idempotency_keys",
    every=timedelta(hours=1),
    queue="bulk",
    title=_("Delete old idempotency keys"),
    description=_("Deletes idempotency keys after three days. Without it the table grows."),
)
def purge_idempotency_keys() -> int:
    """Delete keys that no client may still repeat."""
    return purge(
        IdempotencyKey.objects.filter(created_at__lt=clock.wall() - KEEP_KEYS).order_by("created_at")
    )


@job(
    name="core.purge_job_runs",
    every=timedelta(hours=1),
    queue="bulk",
    title=_("Delete old job records"),
    description=_(
        "Keeps the newest records of each job and marks killed runs as lost. Without it the table grows."
    ),
)
def purge_job_runs() -> int:
    """Mark runs that were killed, and keep only the newest runs of each job."""
    JobRun.objects.filter(outcome=JobRun.Outcome.RUNNING, started_at__lt=clock.wall() - LOST_AFTER).update(
        outcome=JobRun.Outcome.LOST
    )
    deleted = 0
    for name in JobRun.objects.order_by().values_list("name", flat=True).distinct():
        runs = JobRun.objects.filter(name=name)
        oldest_kept = runs.order_by("-id").values_list("id", flat=True)[KEEP_RUNS - 1 : KEEP_RUNS].first()
        if oldest_kept is not None:
            deleted += purge(runs.filter(id__lt=oldest_kept).order_by("id"))
    return deleted


@job(
    name="core.audit_ledgers",
    every=crontab(hour="4", minute="20"),
    queue="bulk",
    title=_("Audit the ledgers"),
    description=_("Recomputes every balance from its entries each night and fails if one does not add up."),
)
def audit_all_ledgers() -> int:
    """Recompute every ledger; the run fails when an account drifted."""
    drifted = sum(1 for _drift in audit_ledgers())
    if drifted:
        raise LedgerDrift(f"{drifted} accounts drifted.")
    return 0
