"""Arithmetic of stock: alert levels, time sold out, what to order."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import IntEnum

from shop.core.clock import BEIJING


class Severity(IntEnum):
    """How short a stock is; the order is what matters."""

    NONE = 0
    LOW = 1
    CRITICAL = 2
    OUT = 3


def severity_of(*, available: int, warning: int, safety: int) -> Severity:
    """Return how short ``available`` pieces are. A level of 0 never warns before the stock is sold out."""
    if available <= 0:
        return Severity.OUT
    if available <= safety:
        return Severity.CRITICAL
    if available <= warning:
        return Severity.LOW
    return Severity.NONE


def announced(*, before: Severity, now: Severity) -> Severity:
    """Return the severity that stands announced after a change.

    It only worsens until the stock is sufficient again: one piece sold, cancelled and sold anew is one
    announcement, not three.
    """
    return Severity.NONE if now is Severity.NONE else max(before, now)


def seconds_by_day(start: datetime, end: datetime) -> dict[date, int]:
    """Split the time between two aware moments by Beijing day, in whole seconds.

    Seconds are counted at the clock's full seconds, so adjoining spans add up exactly and no day exceeds
    86,400. Nothing when ``end`` is not later.
    """
    begin, stop = (
        start.astimezone(BEIJING).replace(microsecond=0),
        end.astimezone(BEIJING).replace(microsecond=0),
    )
    days: dict[date, int] = {}
    while begin < stop:
        midnight = datetime.combine(begin.date() + timedelta(days=1), datetime.min.time(), BEIJING)
        until = min(midnight, stop)
        days[begin.date()] = int((until - begin).total_seconds())
        begin = until
    return days


def days_of_cover(*, available: int, sold: int, days: int) -> int | None:
    """Return for how many whole days the stock lasts at the pace of ``sold`` pieces in ``days`` days.

    ``None`` when nothing was sold: it lasts for ever.
    """
    return available * days // sold if sold > 0 else None


def quantity_to_order(*, available: int, safety: int, sold: int, days: int, cover_days: int) -> int:
    """Return the pieces that bring the stock to ``cover_days`` of sales above its safety level."""
    wanted = safety + -(-sold * cover_days // days)
    return max(0, wanted - available)


def sum_by_sku(demands: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Add up the quantities of each SKU, in the order in which SKUs first appear."""
    total: dict[int, int] = {}
    for sku_id, quantity in demands:
        total[sku_id] = total.get(sku_id, 0) + quantity
    return total
