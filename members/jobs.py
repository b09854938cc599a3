"""The members' jobs: carry content checks on, forget what is too old."""

from datetime import timedelta
from typing import Any

from celery.schedules import crontab
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from members.models import Touch, Visit
from members.services.checks import advance_checks
from members.services.uploads import purge_uploads_batch
from shop.core import clock
from shop.core.jobs import job
from shop.core.purging import purge
from shop.core.runtime import value

MOST_BATCHES = 200
"""A run is bounded: what is left waits for the next one."""


@job(
    name="members.check_profiles",
    every=timedelta(seconds=30),
    title=_("Have nicknames and pictures checked"),
    description=_(
        "Asks WeChat's content security about new pictures, and about nicknames it could not be asked about"
        " before. Stopped: members wait until others see them."
    ),
)
def check_profiles() -> int:
    """Ask WeChat about everything that is due."""
    return advance_checks()


@job(
    name="members.purge_history",
    every=crontab(hour="3", minute="40"),
    queue="bulk",
    title=_("Forget old visits"),
    description=_("Deletes members' visits older than the setting allows. Stopped: they stay a day longer."),
)
def purge_history() -> int:
    """Delete visits that are too old."""
    return _purge_older(Visit.objects.all(), "visited_at", "history_keep_days")


@job(
    name="members.purge_touches",
    every=crontab(hour="3", minute="50"),
    queue="bulk",
    title=_("Forget old touches"),
    description=_("Deletes how members came here after the time set. Stopped: they stay a day longer."),
)
def purge_touches() -> int:
    """Delete touches that are too old."""
    return _purge_older(Touch.objects.all(), "at", "touch_keep_days")


@job(
    name="members.purge_uploads",
    every=crontab(hour="4", minute="30"),
    queue="bulk",
    title=_("Delete unused uploads"),
    description=_(
        "Deletes pictures that members uploaded and then used for nothing. Stopped: the files stay a day"
        " longer."
    ),
)
def purge_uploads() -> int:
    """Delete pictures that nothing refers to."""
    total = 0
    for _batch in range(MOST_BATCHES):
        gone = purge_uploads_batch()
        total += gone
        if not gone:
            break
    return total


def _purge_older(rows: QuerySet[Any], column: str, setting: str) -> int:
    oldest = clock.now() - timedelta(days=int(value(setting)))
    return purge(rows.filter(**{f"{column}__lt": oldest}).order_by(column))
