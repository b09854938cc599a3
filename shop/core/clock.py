"""Business time. Everything that asks "what time is it for the shop" asks here.

``SHOP_CLOCK_OFFSET`` (seconds) shifts it for rehearsals; a system check refuses an offset while WeChat's own
hosts are configured, because WeChat does not live in our rehearsal.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

BEIJING = ZoneInfo("Asia/Shanghai")
"""Where days begin and end for shoppers, staff and WeChat's bills."""


def offset() -> timedelta:
    """Return how far business time is ahead of true time (negative: behind)."""
    return timedelta(seconds=settings.SHOP_CLOCK_OFFSET)


def wall() -> datetime:
    """Return true time (aware, UTC): for token expiry, WeChat signatures, leases and retry back-off."""
    return datetime.now(UTC)


def now() -> datetime:
    """Return business time (aware, UTC)."""
    return wall() + offset()


def today() -> date:
    """Return the business day in Beijing."""
    return now().astimezone(BEIJING).date()
