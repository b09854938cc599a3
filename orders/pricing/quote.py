"""What comes out of the pipeline, and the draft that its steps hand on. Amounts in fen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from orders.pricing.basket import Basket, BasketLine


class Place(IntEnum):
    """The seven places of the pipeline, in their order."""

    BASE = 1
    MEMBER_PRICE = 2
    ITEM_CAMPAIGN = 3
    ORDER_CAMPAIGN = 4
    COUPON = 5
    POINTS = 6
    FREIGHT = 7


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What one rule changes, discounts negative. ``sku_id`` is ``None`` for what belongs to no line.

    ``kind`` and ``source`` name the rule (``coupon``, ``coupon:12``), ``label`` is the merchant's name for
    it.
    """

    place: Place
    kind: str
    source: str
    label: str
    amount: int
    sku_id: int | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence of a line's explanation, as a code and its figures; words are made where it is shown."""

    place: Place
    code: str
    amount: int
    details: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """A priced line: ``payable`` is the amount and its adjustments; ``freight`` its share of the freight."""

    sku_id: int
    quantity: int
    unit_price: int
    amount: int
    payable: int
    freight: int
    adjustments: tuple[Adjustment, ...]
    explanation: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Total:
    """What one rule changes over the whole order."""

    kind: str
    label: str
    source: str
    amount: int


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of a basket: ``payable = goods_total + freight + sum of adjustments``.

    ``points_used`` are points that the order costs, ``points_usable`` the most that could pay a part of it.
    """

    lines: tuple[QuoteLine, ...]
    adjustments: tuple[Adjustment, ...]
    goods_total: int
    freight: int
    payable: int
    points_used: int = 0
    points_usable: int = 0

    @property
    def totals(self) -> tuple[Total, ...]:
        """Return the adjustments summed by rule, in the order in which the rules first applied."""
        sums: dict[tuple[str, str, str], int] = {}
        for item in self.adjustments:
            key = (item.kind, item.label, item.source)
            sums[key] = sums.get(key, 0) + item.amount
        return tuple(Total(*key, amount) for key, amount in sums.items())

    @property
    def adjustment_total(self) -> int:
        """Return the sum of all adjustments."""
        return sum(item.amount for item in self.adjustments)


@dataclass(frozen=True, slots=True)
class Draft:
    """A quote in the making. A step returns a new draft; it only ever adds.

    ``freight`` holds each line's share by SKU.
    """

    basket: Basket
    adjustments: tuple[Adjustment, ...] = ()
    reasons: tuple[tuple[int, Reason], ...] = ()
    freight: Mapping[int, int] = field(default_factory=dict)
    points_used: int = 0
    points_usable: int = 0

    def amount_of(self, line: BasketLine, *, before: Place) -> int:
        """Return what a line costs after the adjustments of the places before ``before``."""
        changes = sum(
            item.amount for item in self.adjustments if item.sku_id == line.sku_id and item.place < before
        )
        return line.unit_price * line.quantity + changes
