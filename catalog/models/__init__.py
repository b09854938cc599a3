"""Tables of the catalog, one story a file."""

from catalog.models.places import FreightTemplate, Location, Store
from catalog.models.product import Media, PriceChange, Product, ProductTag, Sku
from catalog.models.stock import Reservation, SoldOutDay, Stock, StockMovement
from catalog.models.taxonomy import Attribute, Brand, Category, ServicePromise, Tag

__all__ = [
    "Attribute",
    "Brand",
    "Category",
    "FreightTemplate",
    "Location",
    "Media",
    "PriceChange",
    "Product",
    "ProductTag",
    "Reservation",
    "ServicePromise",
    "Sku",
    "SoldOutDay",
    "Stock",
    "StockMovement",
    "Store",
    "Tag",
]
