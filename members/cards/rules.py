"""Pure calculations of member cards: how long a card runs, what is left of it, what a refund pays back.

Days are those of Beijing. A card begins at once; the rest of its first day is on the house, and it ends at a
midnight. Amounts in fen.
"""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from shop.core.clock import BEIJING


class CardKind(StrEnum):
    """How long a card runs."""

    TRIAL = "trial"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    FOREVER = "forever"


MONTHS = {CardKind.MONTH: 1, CardKind.QUARTER: 3, CardKind.YEAR: 12}

BY_DAYS = "days"
UNUSED_ONLY = "unused"


def midnight(day: date) -> datetime:
    """Return when a day begins in Beijing."""
    return datetime.combine(day, time(), tzinfo=BEIJING)


def day_of(moment: datetime) -> date:
    """Return the day in Beijing."""
    return moment.astimezone(BEIJING).date()


def add_months(day: date, months: int, *, anchor: int) -> date:
    """Return the day ``months`` later, on the ``anchor``-th of its month or, if it has none, its last day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(anchor, calendar.monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class Span:
    """When a card runs: up to but without ``ends_at`` (``None``: for ever).

    ``anchor`` is the day of the month on which a chain of renewals ends, so that one begun on the 31st comes
    back to the 31st after a shorter month, and one of 29 February to the 29th every fourth year.
    """

    starts_at: datetime
    ends_at: datetime | None
    anchor: int


def span_of(
    *, kind: str, trial_days: int, now: datetime, previous_end: datetime | None = None, anchor: int = 0
) -> Span:
    """Return when a card runs that is bought ``now``.

    While an earlier card of the series runs (until ``previous_end``, a midnight) it begins where that one
    ends; otherwise now, and its days are counted from the next midnight. ``anchor`` is the earlier card's, 0
    for a new chain.
    """
    follows = previous_end is not None and previous_end > now
    starts_at = previous_end if follows and previous_end is not None else now
    first = day_of(starts_at)
    if midnight(first) != starts_at:
        first += timedelta(days=1)
    day = anchor if follows and anchor else first.day
    if kind == CardKind.FOREVER:
        return Span(starts_at, None, day)
    if kind == CardKind.TRIAL:
        last = first + timedelta(days=trial_days)
        return Span(starts_at, midnight(last), last.day)
    return Span(starts_at, midnight(add_months(first, MONTHS[CardKind(kind)], anchor=day)), day)


def days_of(*, starts_at: datetime, ends_at: datetime, now: datetime) -> tuple[int, int]:
    """Return the days that a card counts, and those of them that have not begun."""
    first = day_of(starts_at)
    if midnight(first) != starts_at:
        first += timedelta(days=1)
    last = day_of(ends_at)
    today = day_of(now)
    return (last - first).days, max(0, (last - max(first, today + timedelta(days=1))).days)


def days_of_forever(*, starts_at: datetime, worth_days: int, now: datetime) -> tuple[int, int]:
    """Return the same for a card without end, which is worth ``worth_days`` days when money goes back."""
    ends_at = midnight(day_of(starts_at) + timedelta(days=worth_days + 1))
    if midnight(day_of(starts_at)) == starts_at:
        ends_at -= timedelta(days=1)
    return days_of(starts_at=starts_at, ends_at=ends_at, now=now)


@dataclass(frozen=True, slots=True)
class CardRefund:
    """What refunding a card does, in fen.

    ``worth``: what of its price is left. ``gift_taken``: gift money taken back. ``gift_spent``: gift money
    that cannot be, because it was spent. ``gift_deducted``: how much of ``worth`` the shop keeps for it.
    ``paid_back``: the rest, to the payer.
    """

    amount: int
    worth: int
    gift_given: int
    gift_taken: int
    gift_spent: int
    gift_deducted: int
    paid_back: int


def left_of(*, amount: int, days: int, days_left: int, used: bool, rule: str) -> int:
    """Return what is left of a card's price, rounded down to the fen.

    ``days``: in proportion to the days that have not begun. ``unused``: all of it until the first use, then
    nothing.
    """
    if rule == UNUSED_ONLY:
        return 0 if used or not days_left else amount
    return amount * days_left // days if days else 0


def card_refund(*, amount: int, worth: int, gift_given: int, gift_balance: int) -> CardRefund:
    """Return what a refund means at this gift balance.

    Never more is taken back than was given, nor than is there; spent gift money is deducted from the money
    that goes back, at most all of it.
    """
    taken = min(gift_given, gift_balance)
    spent = gift_given - taken
    deducted = min(spent, worth)
    return CardRefund(amount, worth, gift_given, taken, spent, deducted, worth - deducted)


CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""What card codes are made of: nothing that is mistaken for something else."""

CODE_LENGTH = 16


def normal_code(typed: str) -> str:
    """Return a card code as it is kept, however it was typed: without blanks and dashes, in capitals."""
    return "".join(typed.split()).replace("-", "").upper()


def shown_code(code: str) -> str:
    """Return a card code as people read it: in groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
