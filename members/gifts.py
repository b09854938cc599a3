"""What the shop gives on top (of a recharge, a card, a tier): money, points, growth, a card.

Each kind of gift belongs to a room, which adds its class to ``GIFT_KINDS`` in the lock order of the ledgers:
wallet, points, growth, card. Everything runs in the caller's transaction.
"""

from dataclasses import dataclass, fields
from typing import Final, Protocol, cast

from django.utils.module_loading import import_string

from members.wallet.errors import GiftUnavailable


@dataclass(frozen=True, slots=True)
class Gifts:
    """A bundle of gifts: ``money`` in fen, ``points``, ``growth``, ``card`` the id of a member card."""

    money: int = 0
    points: int = 0
    growth: int = 0
    card: int | None = None

    def __bool__(self) -> bool:
        return bool(self.money or self.points or self.growth or self.card)


class GiftKind(Protocol):
    """One kind of gift. ``field`` is the field of ``Gifts`` that it answers for. Stateless."""

    field: str

    def grant(self, *, member_id: int, quantity: int, reason: str, reference: str) -> None:
        """Give ``quantity`` (fen, points, growth; the id of a card), once for each reason and reference."""
        ...

    def take_back(self, *, member_id: int, quantity: int, reason: str, reference: str) -> int:
        """Take back at most ``quantity`` and at most what is left; return how much.

        The same reason and reference again changes nothing.
        """
        ...


GIFT_KINDS: tuple[str, ...] = (
    "members.wallet.giving.GiftMoney",
    "members.points.giving.GiftPoints",
    "members.points.giving.GiftGrowth",
    "members.cards.giving.GiftCard",
)
"""Dotted classes of the kinds there are, in the lock order of their ledgers."""

_ALL: Final = tuple(field.name for field in fields(Gifts))


def available_gifts() -> frozenset[str]:
    """Return which fields of ``Gifts`` the shop can give."""
    return frozenset(kind.field for kind in _kinds())


def check_gifts(gifts: Gifts) -> None:
    """Refuse a promise that no room keeps, when it is made; raises ``GiftUnavailable`` (``kind``)."""
    possible = available_gifts()
    for name in _ALL:
        if getattr(gifts, name) and name not in possible:
            raise GiftUnavailable(kind=name)


def grant_gifts(*, member_id: int, gifts: Gifts, reference: str, reason: str = "gift") -> None:
    """Give all of it, once for each reason and reference; locks the ledgers in their order.

    Raises ``GiftUnavailable`` for a kind that nobody gives: promise only what ``check_gifts`` lets pass.
    """
    check_gifts(gifts)
    for kind in _kinds():
        if quantity := getattr(gifts, kind.field):
            kind.grant(member_id=member_id, quantity=quantity, reason=reason, reference=reference)


def take_back_gifts(*, member_id: int, gifts: Gifts, reference: str, reason: str = "gift_back") -> Gifts:
    """Take back what is left of it, never below zero, and return what was taken."""
    check_gifts(gifts)
    taken: dict[str, int] = {}
    for kind in _kinds():
        if quantity := getattr(gifts, kind.field):
            taken[kind.field] = kind.take_back(
                member_id=member_id, quantity=quantity, reason=reason, reference=reference
            )
    return Gifts(**taken)


def _kinds() -> list[GiftKind]:
    return [cast(GiftKind, import_string(path)()) for path in GIFT_KINDS]
