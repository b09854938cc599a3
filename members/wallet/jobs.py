"""The wallet's jobs."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from members.wallet.services import recharges
from shop.core.jobs import job


@job(
    name="members.expire_recharges",
    every=timedelta(minutes=1),
    title=_("Close unpaid recharges"),
    description=_(
        "Closes recharges whose time to pay is over. Stopped: members see old unpaid recharges; no money is"
        " touched."
    ),
)
def expire_recharges() -> int:
    """Close what nobody paid in time."""
    return recharges.expire_recharges()
