"""This room's jobs: find messages whose kick was lost, forget old ones."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from shop.core import clock
from shop.core.jobs import job
from shop.core.purging import purge
from shop.wechat.inbox import process_due
from shop.wechat.models import InboxMessage

KEPT = timedelta(days=30)
"""WeChat repeats a notification for a day at most; the rest is for staff who ask what happened."""

_SETTLED = (InboxMessage.State.DONE, InboxMessage.State.IGNORED)


@job(
    name="wechat.process_inbox",
    every=timedelta(seconds=15),
    queue="critical",
    title=_("Act on WeChat's messages"),
    description=_(
        "Acts on payment and other notifications whose worker was lost, and repeats failed ones. While it"
        " stands still, such payments are seen only when they are asked for."
    ),
)
def process_inbox() -> int:
    """Act on everything that is due."""
    return process_due()


@job(
    name="wechat.purge_inbox",
    every=timedelta(hours=1),
    queue="bulk",
    title=_("Delete old messages from WeChat"),
    description=_("Deletes messages settled a month ago; failed ones stay. Without it the table grows."),
)
def purge_inbox() -> int:
    """Delete settled messages after a month, in short transactions."""
    old = InboxMessage.objects.filter(state__in=_SETTLED, finished_at__lt=clock.wall() - KEPT)
    return purge(old.order_by("finished_at"))
