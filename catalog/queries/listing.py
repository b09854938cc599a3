"""Lists of products: filters, sorts and search, as rows for keyset pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast

from catalog import search
from catalog.models import Category, Product, Stock

SORTS: Mapping[str, tuple[str, ...]] = {
    "default": ("-position", "-id"),
    "sales": ("-sales", "-id"),
    "price": ("min_price", "id"),
    "-price": ("-min_price", "-id"),
    "new": ("-listed_at", "-id"),
}
BY_RELEVANCE = ("-relevance", "-id")
_RANK_STEPS = 1_000_000  # ranks become whole numbers, so that a cursor can name one exactly


@dataclass(frozen=True, slots=True)
class ProductFilters:
    """What a list is narrowed to. ``min_price`` and ``max_price`` (fen, included) bound the price shown.

    ``attributes`` maps a name to the values of which a product must have one. ``categories`` names exactly
    those categories, where ``category`` means one with all below it.
    """

    category: int | None = None
    q: str = ""
    tag: int | None = None
    brand: int | None = None
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    min_price: int | None = None
    max_price: int | None = None
    in_stock: bool = False
    ids: Sequence[int] | None = None
    categories: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class ProductList:
    """Rows (``id`` and what they are ordered by) and the order, for ``shop.core.api.pagination.paginate``.

    ``product_cards`` turns the ids of a page into what the page shows.
    """

    rows: QuerySet[Product, dict[str, Any]]
    order: tuple[str, ...]


def list_products(filters: ProductFilters, *, sort: str = "default") -> ProductList:
    """Return the products on sale that match, in the order of ``sort`` (one of ``SORTS``).

    A search text that finds nothing as a whole finds what matches part of it; with ``sort="default"`` the
    best matches come first. Costs the page's own query, plus one when there is a search text, plus one when
    there is a category.
    """
    found = _narrow(Product.objects.filter(state=Product.State.ON_SALE, is_deleted=False), filters)
    order = SORTS[sort]
    if filters.q:
        found, query = matching(found, filters.q)
        if sort == "default" and query is not None:
            rank = Cast(SearchRank(F("search"), query) * _RANK_STEPS, IntegerField())
            found, order = found.annotate(relevance=rank), BY_RELEVANCE
    columns = dict.fromkeys(["id", *(name.removeprefix("-") for name in order)])
    return ProductList(found.order_by(*order).values(*columns), order)


def _sellable_stock() -> QuerySet[Stock]:
    return Stock.objects.filter(
        sku__product=OuterRef("pk"), sku__is_active=True, location__is_default=True, on_hand__gt=F("reserved")
    )


def _narrow(found: QuerySet[Product], filters: ProductFilters) -> QuerySet[Product]:
    plain = {
        "pk__in": filters.ids,
        "category__in": filters.categories,
        "brand": filters.brand,
        "producttag__tag": filters.tag,
        "min_price__gte": filters.min_price,
        "min_price__lte": filters.max_price,
    }
    found = found.filter(**{name: value for name, value in plain.items() if value is not None})
    if filters.category is not None:
        found = found.filter(category__in=_subtree(filters.category))
    for name, values in filters.attributes.items():
        anyone = Q()
        for value in values:
            anyone |= Q(attributes__contains={name: value})
        found = found.filter(anyone)
    if filters.in_stock:
        found = found.filter(Exists(_sellable_stock()))
    return found


def _subtree(category_id: int) -> list[int]:
    """Return the ids of a visible category and all below it; none when it is hidden or unknown."""
    visible = Category.objects.filter(is_visible=True)
    top = visible.filter(pk=category_id).values("path")[:1]
    return list(visible.filter(path__startswith=Subquery(top)).values_list("pk", flat=True))


def matching(
    found: QuerySet[Product], text: str, *, in_part: bool = True
) -> tuple[QuerySet[Product], SearchQuery | None]:
    """Return the products that match a search text as a whole, else in part, and the query that found them.

    The query is ``None`` when the text holds nothing to look for. Costs one query; none unless ``in_part``.
    """
    strict = search.strict_query(text)
    if not strict:
        return found.none(), None
    query = SearchQuery(strict, config="simple", search_type="raw")
    whole = found.filter(search=query)
    if not in_part or whole.exists():
        return whole, query
    query = SearchQuery(search.loose_query(text), config="simple", search_type="raw")
    return found.filter(search=query), query
