"""What workbook runs need by themselves: going on after a crash, and being forgotten in time."""

from datetime import timedelta

from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

from shop.core import clock
from shop.core.jobs import job
from shop.core.models.sheets import SheetRun, private_storage
from shop.core.sheets.working import open_runs, work_or_hand_over

KEEP = timedelta(days=30)


@job(
    name="core.sweep_sheets",
    every=timedelta(minutes=1),
    queue="bulk",
    title=_("Go on with imports and exports"),
    description=_("Takes up imports and exports whose worker died or whose start was lost."),
)
def sweep_sheets() -> int:
    """Work on one run that nobody works on; the next minute takes the next one."""
    waiting = open_runs()
    for run_id in waiting[:1]:
        work_or_hand_over(run_id)
    return len(waiting[:1])


@job(
    name="core.purge_sheets",
    every=crontab(hour="4", minute="20"),
    queue="bulk",
    title=_("Delete old imports and exports"),
    description=_("Deletes files and records of imports and exports after 30 days; the audit record stays."),
)
def purge_sheets() -> int:
    """Delete runs that are over, with their files."""
    old = SheetRun.objects.filter(created_at__lt=clock.wall() - KEEP).exclude(state__in=SheetRun.OPEN)
    rows = list(old.order_by("pk")[:200])
    for run in rows:
        for field in (run.source, run.archive, run.result):
            if field.name:
                private_storage().delete(field.name)
        run.delete()
    return len(rows)
