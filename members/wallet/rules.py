"""Pure calculations of the wallet: how a payment is split, how a refund goes back. Amounts in fen."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from shop.core.clock import BEIJING
from shop.core.money import allocate

REVERSE = "reverse"
PROPORTIONAL = "proportional"


class SpendingOrder(StrEnum):
    """Which balance a payment takes first."""

    PRINCIPAL_FIRST = "principal_first"
    GIFT_FIRST = "gift_first"
    PROPORTIONAL = "proportional"


@dataclass(frozen=True, slots=True)
class Split:
    """An amount as principal and gift money."""

    principal: int
    gift: int

    @property
    def total(self) -> int:
        """Return both together."""
        return self.principal + self.gift

    def __sub__(self, other: "Split") -> "Split":
        return Split(self.principal - other.principal, self.gift - other.gift)


def split_spend(*, amount: int, balance: Split, order: str) -> Split:
    """Return how ``amount`` is taken from the two balances; neither gives more than it has.

    Raises ``ValueError`` for more than both together, or less than 1.
    """
    if not 0 < amount <= balance.total:
        raise ValueError("An amount is positive and covered by the balance.")
    if order == SpendingOrder.PRINCIPAL_FIRST:
        principal = min(amount, balance.principal)
    elif order == SpendingOrder.GIFT_FIRST:
        principal = amount - min(amount, balance.gift)
    else:
        principal = allocate(amount, [balance.principal, balance.gift])[0]
    return Split(principal, amount - principal)


def split_refund(*, amount: int, spent: Split, returned: Split, order: str, rule: str) -> Split:
    """Return how ``amount`` of a payment goes back, ``returned`` having gone back before.

    ``reverse``: what was taken last goes back first (a payment taken in proportion goes back in proportion).
    ``proportional``: after each refund both have back the same share of what they gave, to the fen. Whatever
    the sequence, and even if the rule changes in between, refunds of the whole amount return exactly what was
    taken. Raises ``ValueError`` for more than is left, or less than 1.
    """
    left = spent - returned
    if not 0 < amount <= left.total:
        raise ValueError("A refund is positive and within what is left.")
    if rule == REVERSE and order == SpendingOrder.PRINCIPAL_FIRST:
        principal = amount - min(amount, left.gift)
    elif rule == REVERSE and order == SpendingOrder.GIFT_FIRST:
        principal = min(amount, left.principal)
    else:
        wanted = allocate(returned.total + amount, [spent.principal, spent.gift])[0] - returned.principal
        principal = max(amount - left.gift, min(wanted, amount, left.principal), 0)
    return Split(principal, amount - principal)


@dataclass(frozen=True, slots=True)
class RechargeRefund:
    """What a recharge refund does, in fen.

    ``unused``: principal of this recharge that is still there; it leaves the wallet. ``gift_taken``: gift
    money taken back. ``gift_spent``: gift money that cannot be taken back because it was spent.
    ``card_used``: what of a gifted card was used. ``gift_deducted``: how much of ``unused`` the shop keeps
    for both. ``paid_back``: the rest, to the payer.
    """

    amount: int
    unused: int
    gift_given: int
    gift_taken: int
    gift_spent: int
    gift_deducted: int
    paid_back: int
    card_used: int = 0


def recharge_refund(*, amount: int, gift_given: int, balance: Split, card_used: int = 0) -> RechargeRefund:
    """Return what refunding a recharge of ``amount`` with ``gift_given`` means at this balance.

    Never more than is there, and nothing ever goes below zero: spent gift money, and what was used of a
    gifted card, is deducted from the money that goes back, at most all of it.
    """
    unused = min(amount, balance.principal)
    taken = min(gift_given, balance.gift)
    spent = gift_given - taken
    deducted = min(spent + card_used, unused)
    return RechargeRefund(amount, unused, gift_given, taken, spent, deducted, unused - deducted, card_used)


def month_bounds(month: date) -> tuple[datetime, datetime]:
    """Return when a calendar month begins and ends in Beijing; the end belongs to the next month."""
    first = month.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    start, end = (datetime(day.year, day.month, 1, tzinfo=BEIJING) for day in (first, following))
    return start, end


def parse_month(text: str) -> date:
    """Return the first day of ``YYYY-MM``; raises ``ValueError``."""
    year, _dash, month = text.partition("-")
    if len(year) != 4 or len(month) != 2 or not (year + month).isascii() or not (year + month).isdigit():
        raise ValueError("A month is written YYYY-MM.")
    first = date(int(year), int(month), 1)
    if first.year < 2000 or first.year > 9998:
        raise ValueError("A month of this century.")
    return first
