"""What the storefront does by itself."""

from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

from shop.core.jobs import job
from shop.storefront.services.copurchase import count_copurchases


@job(
    name="storefront.count_copurchases",
    every=crontab(hour="4", minute="10"),
    queue="bulk",
    title=_("Count what is bought together"),
    description=_(
        "Counts each night which products recent orders bought together. While it stands still, related"
        " products follow older orders."
    ),
)
def count_pairs() -> int:
    """Count the pairs of recent paid orders."""
    return count_copurchases()
