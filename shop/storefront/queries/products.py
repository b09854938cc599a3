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
from members.tiers.queries import lowest_prices, prices_for
from members.tiers.terms import TierTerms
from shop.core.api.pagination import order_begun, paginate_rows


def cards(product_ids: Iterable[int], *, tier: str) -> list[dict[str, Any]]:
    """Return the cards of products in the order of the ids; what is not on sale is left out. One query."""
    return _dressed(product_cards(product_ids), tier=tier)


def _dressed(found: Iterable[ProductCard], *, tier: str) -> list[dict[str, Any]]:
    """Return cards with what is not the catalogue's to know."""
    found = list(found)
    lowest = lowest_prices(int(tier), [card["id"] for card in found]) if tier else {}
    return [{**card, "member_price": _member_price(card, lowest), "activity": None} for card in found]


def _member_price(card: ProductCard, lowest: Mapping[int, int]) -> int | None:
    """Return the lowest price of the reader's tier where it is a lower one."""
    price = lowest.get(card["id"], card["price"])
    return price if price < card["price"] else None


def product_list(
    *, request: HttpRequest, query: Mapping[str, Any], filters: ProductFilters, sort: str, tier: str
) -> dict[str, Any]:
    """Return one page of a list: one query, and one more for a search text and for a category each."""
    found = list_products(filters, sort=sort, begun=order_begun(query) if filters.q else None)
    page = paginate_rows(
        partial(list_page, found), request=request, query=query, order=found.order, keys=attrgetter("keys")
    )
    return page.body(_dressed((row.card for row in page.rows), tier=tier))


def product_page(product_id: int, *, tier: str) -> dict[str, Any]:
    """Return a product's page in a fixed number of queries. Raises ``NotFound``."""
    detail = product_detail(product_id)
    terms = prices_for(int(tier), [sku["id"] for sku in detail["skus"]]) if tier else None
    skus = [{**sku, "member_price": _piece_price(terms, sku)} for sku in detail["skus"]]
    lower = [sku["member_price"] for sku in skus if sku["member_price"] is not None]
    lowest = min(lower, default=detail["price"])
    return {
        **detail,
        "skus": skus,
        "member_price": lowest if lowest < detail["price"] else None,
        "activities": [],
        "coupons": [],
        "rating": None,
    }


def _piece_price(terms: TierTerms | None, sku: Mapping[str, Any]) -> int | None:
    """Return what the reader's tier pays for a piece of a SKU, ``None`` for the ordinary price."""
    price, rule = (0, "") if terms is None else terms.piece_price(sku["id"], sku["price"])
    return price if rule else None
