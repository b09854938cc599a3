"""Pure calculations: streaks, what their days earn, months and windows. Days are Beijing days."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from members.gifts import Gifts
from shop.core.clock import BEIJING

RESTART, KEEP = "restart", "keep"
"""What a streak longer than the cycle earns: from the first day again, or always what the last day earns."""

ONCE_WINDOW = date(2000, 1, 1)
"""Stands for the only window of what can be done once."""

_DAY = timedelta(days=1)


def streak_on(days: frozenset[date], day: date) -> int:
    """Return how many days without a gap end with ``day``; 0 if ``day`` is not among them."""
    length = 0
    while day - _DAY * length in days:
        length += 1
    return length


def current_streak(days: frozenset[date], today: date) -> int:
    """Return the streak that still lives: it ends today, or yesterday while today can continue it."""
    return streak_on(days, today) or streak_on(days, today - _DAY)


@dataclass(frozen=True, slots=True)
class Cycle:
    """What the days of a streak earn; the largest day is the cycle's last."""

    rewards: Mapping[int, Gifts]
    after: str = RESTART

    @property
    def length(self) -> int:
        """Return how many days the cycle has; 0 for no rewards at all."""
        return max(self.rewards, default=0)

    def reward(self, position: int) -> Gifts:
        """Return what the ``position``-th day of a streak (from 1) earns."""
        if position < 1:
            raise ValueError("A streak begins with its first day.")
        if not self.rewards:
            return Gifts()
        if position > self.length:
            position = self.length if self.after == KEEP else (position - 1) % self.length + 1
        return self.rewards.get(position, Gifts())


@dataclass(frozen=True, slots=True)
class MakeUp:
    """What filling a gap does: the new positions of the filled day and those after it, and what it earns."""

    positions: Mapping[date, int]
    reward: Gifts


def make_up(*, cycle: Cycle, before: int, day: date, following: Sequence[tuple[date, int]]) -> MakeUp:
    """Fill ``day``: ``before`` is the streak of the day before it, ``following`` (day, position) of those
    that come directly after it.

    The joined streak earns what an unbroken one would have earned, less what its days earned already; nothing
    is taken away where that is negative.
    """
    positions = {day: before + 1}
    for number, (later, _position) in enumerate(following, start=1):
        if later != day + _DAY * number:
            raise ValueError("The following days come without a gap.")
        positions[later] = before + 1 + number
    earned = _total(cycle, [position for _day, position in following])
    entitled = _total(cycle, list(positions.values()))
    return MakeUp(positions, _difference(entitled, earned))


def add_gifts(*bundles: Gifts) -> Gifts:
    """Return money, points and growth of several bundles together."""
    return Gifts(
        money=sum(gifts.money for gifts in bundles),
        points=sum(gifts.points for gifts in bundles),
        growth=sum(gifts.growth for gifts in bundles),
    )


def _total(cycle: Cycle, positions: Sequence[int]) -> Gifts:
    return add_gifts(*(cycle.reward(position) for position in positions))


def _difference(more: Gifts, less: Gifts) -> Gifts:
    return Gifts(
        money=max(0, more.money - less.money),
        points=max(0, more.points - less.points),
        growth=max(0, more.growth - less.growth),
    )


def missed_days(*, days: frozenset[date], today: date, joined: date) -> list[date]:
    """Return the days of this month that can be made up: before today, not before the member joined."""
    first = max(today.replace(day=1), joined)
    return [day for day in days_between(first, today) if day not in days]


def days_between(first: date, end: date) -> list[date]:
    """Return the days from ``first`` up to, not including, ``end``."""
    return [first + _DAY * number for number in range((end - first).days)]


def month_days(month: date) -> list[date]:
    """Return the days of the month that ``month`` lies in."""
    first = month.replace(day=1)
    return days_between(first, first + _DAY * monthrange(first.year, first.month)[1])


def window_start(window: str, day: date) -> date:
    """Return the first day of the window that ``day`` lies in; weeks begin on Monday."""
    if window == "daily":
        return day
    if window == "weekly":
        return day - _DAY * day.weekday()
    if window == "monthly":
        return day.replace(day=1)
    return ONCE_WINDOW


def window_end(window: str, start: date) -> datetime | None:
    """Return the moment at which a window is over; ``None`` for what can be done once, at any time."""
    if window == "daily":
        end = start + _DAY
    elif window == "weekly":
        end = start + _DAY * 7
    elif window == "monthly":
        end = start + _DAY * monthrange(start.year, start.month)[1]
    else:
        return None
    return datetime(end.year, end.month, end.day, tzinfo=BEIJING)


def beijing_day(moment: datetime) -> date:
    """Return the Beijing day of a moment."""
    return moment.astimezone(BEIJING).date()
