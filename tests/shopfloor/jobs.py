"""Jobs that exist only to be run."""

from datetime import timedelta

from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

from shop.core.jobs import job
from tests.shopfloor.models import Note


@job(
    name="shopfloor.read_notes",
    every=timedelta(minutes=5),
    queue="bulk",
    title=_("Read notes"),
    description=_("Marks every unread note as read."),
)
def read_notes() -> int:
    return Note.objects.filter(count=0).update(count=1)


@job(
    name="shopfloor.fail",
    every=crontab(hour="3", minute="30"),
    title=_("Fail"),
    description=_("Fails every time."),
)
def fail() -> int:
    raise ValueError("a secret that must not be stored")
