"""Product lists and product pages as the API shows them.

``member_price``, ``activity``, ``activities``, ``coupons`` and ``rating`` belong to the answers from the
first day; they are null or empty for as long as no tier price, activity, coupon or review exists.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from operator import attrgetter
from typing import Any

from django.http import HttpRequest

from catalog.queries import ProductFilters, list_page, list_products, product_cards, product_detail
from catalog.queries.cards import ProductCard
from shop.core.api.pagination import paginate_rows


def cards(product_ids: Iterable[int], *, tier: str) -> list[dict[str, Any]]:
    """Return the cards of products in the order of the ids; what is not on sale is left out. One query."""
    return _dressed(product_cards(product_ids), tier=tier)


def _dressed(found: Iterable[ProductCard], *, tier: str) -> list[dict[str, Any]]:
    """Return cards with what is not the catalogue's to know."""
    return [{**card, "member_price": None, "activity": None} for card in found]


def product_list(
    *, request: HttpRequest, query: Mapping[str, Any], filters: ProductFilters, sort: str, tier: str
) -> dict[str, Any]:
    """Return one page of a list: one query, and one more for a search text and for a category each."""
    found = list_products(filters, sort=sort)
    page = paginate_rows(
        partial(list_page, found), request=request, query=query, order=found.order, keys=attrgetter("keys")
    )
    return page.body(_dressed((row.card for row in page.rows), tier=tier))


def product_page(product_id: int, *, tier: str) -> dict[str, Any]:
    """Return a product's page in a fixed number of queries. Raises ``NotFound``."""
    detail = product_detail(product_id)
    skus = [{**sku, "member_price": None} for sku in detail["skus"]]
    return {
        **detail,
        "skus": skus,
        "member_price": None,
        "activities": [],
        "coupons": [],
        "rating": None,
    }
