"""The points room's jobs. Each run is bounded, shares its rows with other runs, and may run twice."""

from collections.abc import Callable
from datetime import timedelta

from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

from members.points.models import RewardDay
from members.points.services import lapsing, rewards
from shop.core import clock
from shop.core.jobs import job
from shop.core.purging import purge

MOST_BATCHES = 50
"""A run is bounded: what is left waits for the next one."""

KEEP_DAYS = 400


@job(
    name="members.credit_rewards",
    every=timedelta(minutes=1),
    title=_("Credit points of completed orders"),
    description=_("Turns pending points and growth into real ones. Stopped: members wait for them."),
)
def credit_rewards() -> int:
    """Credit every reward that is due."""
    return rewards.credit_due_rewards()


@job(
    name="members.expire_points",
    every=timedelta(minutes=5),
    title=_("Expire points"),
    description=_(
        "Takes expired points out of the books. Stopped: nobody can spend them all the same; members are told"
        " later."
    ),
)
def expire_points() -> int:
    """Expire every lot that is over."""
    return _in_batches(lapsing.expire_batch)


@job(
    name="members.announce_expiry",
    every=crontab(hour="10", minute="0"),
    title=_("Announce the expiry of points"),
    description=_("Tells members which points expire soon. Stopped for a day: a day later."),
)
def announce_expiry() -> int:
    """Announce every lot that expires soon."""
    return _in_batches(lapsing.announce_batch)


@job(
    name="members.purge_reward_days",
    every=crontab(hour="4", minute="40"),
    queue="bulk",
    title=_("Forget old days of earnings"),
    description=_("Deletes what caps of long past days were counted by. Stopped: it stays a day longer."),
)
def purge_reward_days() -> int:
    """Delete counts of days that nobody asks for any more."""
    oldest = clock.today() - timedelta(days=KEEP_DAYS)
    return purge(RewardDay.objects.filter(day__lt=oldest).order_by("day"))


def _in_batches(work: Callable[[], int]) -> int:
    total = 0
    for _batch in range(MOST_BATCHES):
        done = work()
        total += done
        if not done:
            break
    return total
