"""Pure calculations of points: which lots, until when, how many. Points and fen are integers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from shop.core.clock import BEIJING
from shop.core.money import allocate

PERMILLE = 1000
_MONTHS = 12


class Expiry(StrEnum):
    """When earned points expire."""

    NEVER = "never"
    CALENDAR_YEAR = "calendar_year"
    ROLLING = "rolling"


@dataclass(frozen=True, slots=True)
class Part:
    """Points of one row (a lot, a draw), by its id."""

    id: int
    points: int


def take_in_order(available: Sequence[Part], amount: int) -> list[Part]:
    """Return what each of ``available`` gives of ``amount``, the first ones giving all they have.

    Raises ``ValueError`` for more than all together, or less than 1.
    """
    if not 0 < amount <= sum(part.points for part in available):
        raise ValueError("An amount is positive and covered.")
    taken: list[Part] = []
    for part in available:
        points = min(part.points, amount)
        if points:
            taken.append(Part(part.id, points))
        amount -= points
    return taken


def expires_at(*, policy: str, earned: date, years: int, months: int) -> datetime | None:
    """Return the first moment at which points earned on a Beijing day can no longer be spent.

    ``calendar_year``: with the end of the year that is ``years`` after the one they were earned in.
    ``rolling``: with the end of the same day ``months`` later (of the month's last day, where it is shorter).
    """
    if policy == Expiry.CALENDAR_YEAR:
        return _midnight(date(earned.year + years + 1, 1, 1))
    if policy == Expiry.ROLLING:
        return _midnight(add_months(earned, months) + timedelta(days=1))
    return None


def add_months(day: date, months: int) -> date:
    """Return the same day ``months`` later, or the last day of a shorter month."""
    year, month = divmod(day.year * _MONTHS + day.month - 1 + months, _MONTHS)
    last = (date(year + (month + 1) // _MONTHS, (month + 1) % _MONTHS + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING)


def reversed_share(*, total: int, base: int, refunded: int) -> int:
    """Return how much of ``total`` belongs to the ``refunded`` fen of ``base`` fen, to the nearest whole.

    It grows with ``refunded`` and is all of it when all of ``base`` went back; so whoever books the
    difference to what was booked before is exact, in however many refunds the money goes.
    """
    if not 0 <= refunded <= base:
        raise ValueError("What went back is within what was paid.")
    return total if refunded == base else allocate(total, [refunded, base - refunded])[0]


def order_reward(*, paid: int, per_fen: int, reward: int, multiplier_permille: int = PERMILLE) -> int:
    """Return what ``paid`` fen earn: ``reward`` for every whole ``per_fen``, times the multiplier, rounded
    down."""
    return max(0, paid) // per_fen * reward * multiplier_permille // PERMILLE


def within_cap(wanted: int, *, cap: int | None, used: int) -> int:
    """Return how much of ``wanted`` a cap of the day leaves."""
    return wanted if cap is None else min(wanted, max(0, cap - used))


class Offer(Protocol):
    """What decides whether mall goods are on offer."""

    @property
    def is_active(self) -> bool: ...
    @property
    def starts_at(self) -> datetime | None: ...
    @property
    def ends_at(self) -> datetime | None: ...


def is_on_offer(offer: Offer, now: datetime) -> bool:
    """Return whether mall goods are offered at ``now``."""
    begun = offer.starts_at is None or offer.starts_at <= now
    return offer.is_active and begun and (offer.ends_at is None or now < offer.ends_at)
