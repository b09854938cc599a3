"""When a price may be shown crossed out.

A crossed-out price has to be one that was really charged (规范促销行为暂行规定, articles 20 and 21): here,
for enough days in a recent window.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

PricePoint = tuple[datetime, int]
"""A price in fen and since when it has been in force."""


def time_charged(
    history: Sequence[PricePoint], *, at_least: int, since: datetime, until: datetime
) -> timedelta:
    """Return how long between two moments a price of ``at_least`` fen or more was in force.

    ``history`` is in order of time; each price holds until the next.
    """
    total = timedelta()
    ends = [*(moment for moment, _price in history[1:]), until] if history else []
    for (start, price), end in zip(history, ends, strict=True):
        if price >= at_least:
            total += max(timedelta(), min(end, until) - max(start, since))
    return total


def is_proven(
    history: Sequence[PricePoint],
    *,
    price: int,
    market_price: int | None,
    now: datetime,
    min_days: int,
    window_days: int,
) -> bool:
    """Return whether ``market_price`` may be shown crossed out beside ``price``.

    None, or one not above the price, crosses nothing out.
    """
    if market_price is None or market_price <= price:
        return True
    since = now - timedelta(days=window_days)
    charged = time_charged(history, at_least=market_price, since=since, until=now)
    return charged >= timedelta(days=min_days)
