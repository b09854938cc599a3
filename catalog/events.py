"""What the catalog tells the other rooms."""

from dataclasses import dataclass
from typing import ClassVar

from shop.core.outbox import Event


@dataclass(frozen=True)
class StockEvent(Event):
    """Something about one SKU at one location; ``available`` in pieces, after the change."""

    stock_id: int
    sku_id: int
    location_id: int
    available: int

    @property
    def aggregate(self) -> str:
        """Return the stock row that the event is about."""
        return f"stock:{self.stock_id}"


@dataclass(frozen=True)
class StockLow(StockEvent):
    """Available stock fell to the warning level, or (``level`` "critical") to the safety level."""

    name: ClassVar[str] = "catalog.stock_low"
    level: str = "low"


@dataclass(frozen=True)
class StockOut(StockEvent):
    """Nothing is left to sell."""

    name: ClassVar[str] = "catalog.stock_out"


@dataclass(frozen=True)
class StockRecovered(StockEvent):
    """Available stock is above the warning level again, after StockLow or StockOut."""

    name: ClassVar[str] = "catalog.stock_recovered"


@dataclass(frozen=True)
class ProductEvent(Event):
    """Something about one product."""

    product_id: int

    @property
    def aggregate(self) -> str:
        """Return the product that the event is about."""
        return f"product:{self.product_id}"


@dataclass(frozen=True)
class ProductChanged(ProductEvent):
    """Texts, SKUs, pictures or prices of a product changed; caches of it are stale."""

    name: ClassVar[str] = "catalog.product_changed"


@dataclass(frozen=True)
class ProductListed(ProductEvent):
    """A product went on sale."""

    name: ClassVar[str] = "catalog.product_listed"


@dataclass(frozen=True)
class ProductUnlisted(ProductEvent):
    """A product went off sale, or into the recycle bin."""

    name: ClassVar[str] = "catalog.product_unlisted"
