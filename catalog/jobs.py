"""What the catalog does by itself."""

import time
from collections.abc import Callable
from datetime import timedelta

from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

from catalog.queries.stock_audit import audit_stock
from catalog.services.media import make_renditions_batch
from catalog.services.products import run_schedules_batch
from catalog.services.products.deriving import refresh_stale_search_batch
from catalog.services.searches import roll_up_searches
from catalog.services.stock.levels import refresh_all_levels
from catalog.services.stock.pace import count_sales_pace
from catalog.services.stock.soldout import count_sold_out_batch
from shop.core import clock
from shop.core.jobs import job

MOST_BATCHES = 200
MOST_SECONDS = 20.0
"""A run is bounded: what is left waits for the next one, and a worker that is to stop need not wait long."""

RENDER_SECONDS = 5.0
"""Pictures come by the hundred on a first start, which is when people press Ctrl-C again soon."""


class StockDriftFound(RuntimeError):
    """Stock rows, movements and reservations disagree; the audit command names the rows."""


@job(
    name="catalog.run_schedules",
    every=timedelta(minutes=1),
    title=_("Put scheduled products on and off sale"),
    description=_("Follows the times that staff gave. While it stands still, products stay as they are."),
)
def run_schedules() -> int:
    """Put products on and off sale whose time has come."""
    return _until_done(run_schedules_batch)


@job(
    name="catalog.make_renditions",
    every=timedelta(minutes=1),
    queue="bulk",
    title=_("Make smaller pictures"),
    description=_("Makes the sizes of large pictures that pages show. Until then the original is shown."),
)
def make_renditions() -> int:
    """Make renditions of pictures that were too large to do it at upload."""
    return _until_done(make_renditions_batch, seconds=RENDER_SECONDS)


@job(
    name="catalog.refresh_search",
    every=timedelta(minutes=1),
    queue="bulk",
    title=_("Refresh the search index"),
    description=_(
        "Indexes products anew after a brand, tag or category was renamed. Until then only the old name"
        " finds them."
    ),
)
def refresh_search() -> int:
    """Rebuild the search documents that a rename made stale."""
    return _until_done(refresh_stale_search_batch)


@job(
    name="catalog.roll_up_searches",
    every=timedelta(minutes=5),
    queue="bulk",
    title=_("Count searches"),
    description=_(
        "Adds up what shoppers look for. While it stands still, hot words and suggestions are old."
    ),
)
def roll_up() -> int:
    """Move counts of searches from Redis into the database."""
    return roll_up_searches()


@job(
    name="catalog.count_sold_out",
    every=timedelta(hours=1),
    queue="bulk",
    title=_("Count sold-out time"),
    description=_(
        "Writes down how long goods were sold out each day. What it misses it counts the next time."
    ),
)
def count_sold_out() -> int:
    """Count the time of what is still sold out, up to now."""
    now = clock.now()
    return _until_done(lambda: count_sold_out_batch(until=now))


@job(
    name="catalog.count_sales_pace",
    every=timedelta(hours=1),
    queue="bulk",
    title=_("Count sales for replenishment"),
    description=_(
        "Counts sales of 7 and 30 days per SKU. While it stands still, the list shows old figures."
    ),
)
def count_pace() -> int:
    """Count what was shipped in the last 7 and 30 days."""
    return count_sales_pace()


@job(
    name="catalog.refresh_stock_levels",
    every=crontab(hour="4", minute="40"),
    queue="bulk",
    title=_("Refresh stock levels"),
    description=_("Puts changed default warning and safety levels in force."),
)
def refresh_levels() -> int:
    """Recompute the warning and safety levels in force."""
    return refresh_all_levels()


@job(
    name="catalog.audit_stock",
    every=crontab(hour="3", minute="50"),
    queue="bulk",
    title=_("Audit the stock"),
    description=_(
        "Recomputes all stock from its movements each night and fails if something does not add up."
    ),
)
def audit_all_stock() -> int:
    """Recompute every stock row; the run fails when one drifted."""
    drifted = sum(1 for _drift in audit_stock())
    if drifted:
        raise StockDriftFound(f"{drifted} stock rows drifted.")
    return 0


def _until_done(batch: Callable[[], int], *, seconds: float = MOST_SECONDS) -> int:
    """Repeat ``batch`` until it finds nothing, within ``MOST_BATCHES`` and so long; return the total."""
    total, until = 0, time.monotonic() + seconds
    for _round in range(MOST_BATCHES):
        done = batch()
        total += done
        if not done or time.monotonic() >= until:
            break
    return total
