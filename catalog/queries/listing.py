"""Lists of products: filters, sorts and search, read a keyset page at a time.

Written in SQL like the cards: a list is what the shop is asked most, and composing the statement through the
ORM costs more than answering it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from catalog import search
from catalog.queries.cards import CARD_COLUMNS, IN_STOCK, ProductCard, card_of

SORTS: Mapping[str, tuple[str, ...]] = {
    "default": ("-position", "-id"),
    "sales": ("-sales", "-id"),
    "price": ("min_price", "id"),
    "-price": ("-min_price", "-id"),
    "new": ("-listed_at", "-id"),
}
BY_RELEVANCE = ("-relevance", "-id")
_BIG_SHOP = 10_000
"""Products from which on a search looks first how much its text finds; below, all of it is soon ranked."""
_BEST_SELLERS = 250
_BROAD = 3
"""Matches among the best sellers from which on those come first, because there are too many to rank."""

# Ranks become whole numbers, so that a cursor can name one exactly.
_RANK = "(ts_rank(product.search, to_tsquery('simple', %s)) * 1000000)::integer"
_COLUMNS = {
    "id": "product.id",
    "position": "product.position",
    "sales": "product.sales",
    "min_price": "product.min_price",
    "listed_at": "product.listed_at",
    "relevance": _RANK,
}
_MATCHES = "product.search @@ to_tsquery('simple', %s)"
# Asked for by itself, so that the list names the categories: told only a subquery, PostgreSQL takes each to
# be of middling size, and looks for the five products of a small one among all there are, in their order.
_SUBTREE = """
SELECT below.id FROM catalog_category AS top
JOIN catalog_category AS below ON below.is_visible AND starts_with(below.path, top.path)
WHERE top.id = %s AND top.is_visible
"""
_IN_CATEGORIES = "product.category_id = ANY(%s)"
_TAGGED = "product.id IN (SELECT link.product_id FROM catalog_producttag AS link WHERE link.tag_id = %s)"
_HAS_ATTRIBUTE = "product.attributes @> %s::jsonb"


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
    """Conditions on ``product`` with their parameters, and the order; read by ``list_page`` and ``list_ids``.

    ``order`` names columns as ``order_by`` does and ends in the id; all its columns go the same way.
    ``rank_by`` is the text that ``relevance`` stands for.
    """

    conditions: tuple[str, ...]
    parameters: tuple[Any, ...]
    order: tuple[str, ...]
    rank_by: str = ""

    def keys(self) -> list[str]:
        """Return the columns it is ordered by."""
        return [name.removeprefix("-") for name in self.order]


@dataclass(frozen=True, slots=True)
class ListedProduct:
    """A row of a list: what it shows, and the values that it is ordered by."""

    card: ProductCard
    keys: Mapping[str, Any]


def list_products(
    filters: ProductFilters, *, sort: str = "default", begun: Sequence[str] | None = None
) -> ProductList:
    """Return the list of products on sale that match, in the order of ``sort`` (one of ``SORTS``).

    A search text that finds nothing as a whole finds what matches part of it; with ``sort="default"`` the
    best matches come first, in a big shop the best sellers if the text is found all over it. ``begun`` is
    the order in which the list was begun, if this is a further page. A category and a search text cost one
    query each; without them there is none.
    """
    order = SORTS[sort]
    conditions, parameters = _conditions(filters)
    if filters.category is not None:
        conditions, parameters = (*conditions, _IN_CATEGORIES), (*parameters, _subtree(filters.category))
    if not filters.q:
        return ProductList(conditions, parameters, order)
    found = _search(filters.q, conditions, parameters)
    if not found.query:
        return ProductList(("FALSE",), (), order)
    conditions, parameters = (*conditions, _MATCHES), (*parameters, found.query)
    if sort == "default":
        by_sales = found.is_broad if begun is None else tuple(begun) == SORTS["sales"]
        order = SORTS["sales"] if by_sales else BY_RELEVANCE
    return ProductList(conditions, parameters, order, rank_by=found.query)


def list_page(
    found: ProductList, *, order: Sequence[str], after: Sequence[Any] | None, limit: int
) -> list[ListedProduct]:
    """Return at most ``limit`` rows in ``order`` (that of the list, or turned round). One query.

    Rows come after the one whose ordering values are ``after``, if that is given.
    """
    names = found.keys()
    page, parameters = _page(found, order=order, after=after, limit=limit)
    chosen = ", ".join(f"product.{name} AS key_{name}" for name in names)
    statement = f"SELECT {CARD_COLUMNS}, {chosen} FROM ({page}) AS product ORDER BY {_order(order)}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows = cursor.fetchall()
    width = len(names)
    return [ListedProduct(card_of(row[:-width]), dict(zip(names, row[-width:], strict=True))) for row in rows]


def list_ids(groups: Mapping[int, tuple[ProductList, int]]) -> dict[int, list[int]]:
    """Return first ids of several lists, each with its own limit, by the keys of ``groups``: one query."""
    statements: list[str] = []
    parameters: list[Any] = []
    for key, (found, limit) in groups.items():
        page, values = _page(found, order=found.order, after=None, limit=limit, columns=())
        statements.append(f"SELECT %s::bigint, ARRAY(SELECT page.id FROM ({page}) AS page)")  # noqa: S608
        parameters += [key, *values]
    if not statements:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(statements), parameters)
        return dict(cursor.fetchall())


_CARD_SOURCES = ("id", "title", "subtitle", "min_price", "market_price", "sales", "cover_id")


def _page(
    found: ProductList,
    *,
    order: Sequence[str],
    after: Sequence[Any] | None,
    limit: int,
    columns: Sequence[str] = _CARD_SOURCES,
) -> tuple[str, list[Any]]:
    """Return the statement of a page's products, with its parameters; names come from this file alone."""
    names = found.keys()
    ranks = [found.rank_by] if "relevance" in names else []
    selected = ", ".join(f"{_COLUMNS[name]} AS {name}" for name in names)
    rest = "".join(f", product.{name}" for name in columns if name not in names)
    parameters = [*ranks, *found.parameters]
    conditions = list(found.conditions)
    if after is not None:
        sign = "<" if order[0].startswith("-") else ">"
        places = ", ".join(["%s"] * len(names))
        conditions.append(f"({', '.join(_COLUMNS[name] for name in names)}) {sign} ({places})")
        parameters += [*ranks, *after]
    text = (
        f"SELECT {selected}{rest} FROM catalog_product AS product WHERE {' AND '.join(conditions)}"  # noqa: S608
        f" ORDER BY {_order(order, prefix='')} LIMIT %s"
    )
    return text, [*parameters, limit]


def _order(order: Sequence[str], *, prefix: str = "product.") -> str:
    return ", ".join(
        f"{prefix}{name.removeprefix('-')} {'DESC' if name.startswith('-') else 'ASC'}" for name in order
    )


def _conditions(filters: ProductFilters) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    plain: list[tuple[str, Any]] = [
        ("product.id = ANY(%s)", None if filters.ids is None else list(filters.ids)),
        (_IN_CATEGORIES, None if filters.categories is None else list(filters.categories)),
        ("product.brand_id = %s", filters.brand),
        (_TAGGED, filters.tag),
        ("product.min_price >= %s", filters.min_price),
        ("product.min_price <= %s", filters.max_price),
    ]
    wanted = [(condition, value) for condition, value in plain if value is not None]
    conditions = ["product.state = 'on_sale'", "NOT product.is_deleted", *(text for text, _value in wanted)]
    parameters = [value for _text, value in wanted]
    for name, values in filters.attributes.items():
        if values:
            conditions.append(f"({' OR '.join([_HAS_ATTRIBUTE] * len(values))})")
            parameters += [json.dumps({name: value}) for value in values]
    if filters.in_stock:
        conditions.append(IN_STOCK)
    return tuple(conditions), tuple(parameters)


def _subtree(category_id: int) -> list[int]:
    """Return a visible category and the visible ones below it; nothing for a hidden or unknown one."""
    with connection.cursor() as cursor:
        cursor.execute(_SUBTREE, [category_id])
        return [pk for (pk,) in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class _Search:
    """The query of a search text, empty when there is nothing to look for; whether it finds very much."""

    query: str
    is_broad: bool = False


# Ranking costs by the match; going through the best sellers costs the less the more of them match. So the
# latter is for what is found all over a big shop, and only the best sellers themselves tell: the planner's
# guess is far off for words that exclude each other.
_LOOK = """
SELECT EXISTS (SELECT 1 FROM catalog_product AS product WHERE {where}),
    CASE WHEN (SELECT reltuples FROM pg_class WHERE oid = 'catalog_product'::regclass) < %s THEN 0 ELSE
        (SELECT count(*) FROM (SELECT * FROM catalog_product WHERE state = 'on_sale' AND NOT is_deleted
            ORDER BY sales DESC, id DESC LIMIT %s) AS product WHERE {where}) END
"""


def _search(text: str, conditions: Sequence[str], parameters: Sequence[Any]) -> _Search:
    """Return how to look for a search text within a list. One query."""
    strict = search.strict_query(text)
    if not strict:
        return _Search("")
    where = " AND ".join((*conditions, _MATCHES))
    asked = [*parameters, strict]
    with connection.cursor() as cursor:
        cursor.execute(_LOOK.format(where=where), [*asked, _BIG_SHOP, _BEST_SELLERS, *asked])
        is_whole, best_sellers = cursor.fetchone()
    if not is_whole:  # of what matches in part only the rank says what is meant
        return _Search(search.loose_query(text))
    return _Search(strict, best_sellers >= _BROAD)
