"""Reads of the catalog: typed rows, in a number of queries that does not grow with the rows."""

from catalog.queries.cards import KnownProduct, ProductCard, known_products, product_cards
from catalog.queries.detail import available_of, product_detail
from catalog.queries.listing import ProductFilters, list_ids, list_page, list_products
from catalog.queries.places import stores_by_distance
from catalog.queries.sellable import FreightTerms, SellableSku, sellable_skus
from catalog.queries.stock import expired_reservations, replenishment
from catalog.queries.taxonomy import category_tree

__all__ = [
    "FreightTerms",
    "KnownProduct",
    "ProductCard",
    "ProductFilters",
    "SellableSku",
    "available_of",
    "category_tree",
    "expired_reservations",
    "known_products",
    "list_ids",
    "list_page",
    "list_products",
    "product_cards",
    "product_detail",
    "replenishment",
    "sellable_skus",
    "stores_by_distance",
]
