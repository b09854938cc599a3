"""Jobs of sessions and approvals."""

from datetime import timedelta

from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

from shop.core.approvals import expire_approvals
from shop.core.auth import purge_sessions
from shop.core.jobs import job


@job(
    name="core.expire_approvals",
    every=timedelta(minutes=10),
    title=_("Expire approvals"),
    description=_("Closes actions that nobody approved in time. While it stands still they only look open."),
)
def expire() -> int:
    """Close what nobody decided in time."""
    return expire_approvals()


@job(
    name="core.purge_sessions",
    every=crontab(hour="4", minute="20"),
    queue="bulk",
    title=_("Delete expired logins"),
    description=_("Deletes logins whose tokens have all expired. Without it the tables grow."),
)
def purge() -> int:
    """Delete dead logins in batches until none is left."""
    total = 0
    while deleted := purge_sessions():
        total += deleted
    return total
