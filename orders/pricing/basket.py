"""What goes into the pipeline. Amounts in fen."""

from dataclasses import dataclass
from enum import StrEnum


class Delivery(StrEnum):
    """How goods reach the member."""

    EXPRESS = "express"
    PICKUP = "pickup"
    LOCAL = "local"
    VIRTUAL = "virtual"


@dataclass(frozen=True, slots=True)
class FreightRule:
    """A freight template: ``flat_fee`` once for all its lines, nothing from ``free_over`` upwards."""

    template_id: int
    name: str
    flat_fee: int
    free_over: int | None = None

    def __post_init__(self) -> None:
        if self.flat_fee < 0 or (self.free_over is not None and self.free_over < 0):
            raise ValueError("A fee and its threshold are 0 or more.")


@dataclass(frozen=True, slots=True)
class PointsTerms:
    """How many points the member wants to pay with, and what the shop makes of them.

    ``per_yuan`` points are worth one yuan; they pay at most ``cap_percent`` of the goods, from
    ``goods_minimum`` fen of goods, at least ``minimum`` and at most ``maximum`` points (0: no limit).
    """

    wanted: int
    available: int
    per_yuan: int
    cap_percent: int
    minimum: int = 0
    maximum: int = 0
    goods_minimum: int = 0


@dataclass(frozen=True, slots=True)
class BasketLine:
    """Pieces of one SKU at the price of one piece. ``freight`` is ``None`` for what costs none by itself.

    ``points`` is what a piece of the points mall costs besides its price; nothing changes such a price.
    """

    sku_id: int
    quantity: int
    unit_price: int
    freight: FreightRule | None = None
    is_virtual: bool = False
    points: int = 0

    def __post_init__(self) -> None:
        if self.quantity < 1 or self.unit_price < 0:
            raise ValueError("A line is at least one piece at 0 fen or more.")


@dataclass(frozen=True, slots=True)
class Basket:
    """Everything that decides the price; each SKU stands in one line."""

    lines: tuple[BasketLine, ...]
    delivery: Delivery = Delivery.EXPRESS
    points: PointsTerms | None = None

    def __post_init__(self) -> None:
        if len({line.sku_id for line in self.lines}) != len(self.lines):
            raise ValueError("Each SKU stands in one line.")
