"""Product lists and product pages as the API shows them.

``member_price``, ``activity``, ``activities``, ``coupons`` and ``rating`` belong to the answers from the
first day; they are null or empty for as long as no tier price, activity, coupon or review exists.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest

from catalog.queries import ProductFilters, list_products, product_cards, product_detail
from shop.core.api.pagination import paginate


def cards(product_ids: Iterable[int], *, tier: str) -> list[dict[str, Any]]:
    """Return the cards of products in the order of the ids; what is not on sale is left out. One query."""
    return [{**card, "member_price": None, "activity": None} for card in product_cards(product_ids)]


def product_list(
    *, request: HttpRequest, query: Mapping[str, Any], filters: ProductFilters, sort: str, tier: str
) -> dict[str, Any]:
    """Return one page of a list: two queries, one more for a search text and one for a category."""
    found = list_products(filters, sort=sort)
    page = paginate(found.rows, request=request, query=query, order=found.order)
    return page.body(cards((row["id"] for row in page.rows), tier=tier))


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
