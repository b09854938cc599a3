"""The rewards room's job: forget deeds that nobody counts any more."""

from datetime import timedelta

from celery.schedules import crontab
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.rewards.models import Task, TaskEvent
from members.rewards.rules import ONCE_WINDOW
from shop.core import clock
from shop.core.jobs import job
from shop.core.purging import purge

KEEP_DAYS = 400


@job(
    name="members.purge_deeds",
    every=crontab(hour="4", minute="45"),
    queue="bulk",
    title=_("Forget old deeds of tasks"),
    description=_(
        "Deletes what was counted for windows of tasks that are long over. Stopped: it stays a day longer."
    ),
)
def purge_deeds() -> int:
    """Delete deeds of windows, and of tasks done once, that ended before ``KEEP_DAYS``.

    Until then a refund can still take a deed back. Progress and rewards stay.
    """
    oldest = clock.today() - timedelta(days=KEEP_DAYS)
    ended = Task.objects.filter(ends_at__lt=clock.now() - timedelta(days=KEEP_DAYS))
    once = Q(window=ONCE_WINDOW, task__in=list(ended.values_list("pk", flat=True)))
    over = Q(window__gt=ONCE_WINDOW, window__lt=oldest)
    return sum(purge(TaskEvent.objects.filter(old).order_by("window")) for old in (over, once))
