"""Tables of the catalog, one story a file."""

from catalog.models.home import HomeItem, HomeSection
from catalog.models.places import FreightTemplate, Location, Store
from catalog.models.product import Media, PriceChange, Product, ProductTag, Sku
from catalog.models.search import HotWord, SearchTerm
from catalog.models.stock import Reservation, SoldOutDay, Stock, StockDocument, StockMovement, StockPace
from catalog.models.taxonomy import Attribute, Brand, Category, ServicePromise, Tag

__all__ = [
    "Attribute",
    "Brand",
    "Category",
    "FreightTemplate",
    "HomeItem",
    "HomeSection",
    "HotWord",
    "Location",
    "Media",
    "PriceChange",
    "Product",
    "ProductTag",
    "Reservation",
    "SearchTerm",
    "ServicePromise",
    "Sku",
    "SoldOutDay",
    "Stock",
    "StockDocument",
    "StockMovement",
    "StockPace",
    "Store",
    "Tag",
]
