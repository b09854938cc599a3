"""The home page: the merchant's sections, filled with products as they are now."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.db.models import IntegerField, QuerySet, Value
from django.urls import reverse

from catalog.models import HomeSection
from catalog.queries import ProductFilters, list_products
from catalog.queries.home import ShownItem, ShownSection, home_sections
from catalog.queries.taxonomy import subtrees
from shop.core import clock
from shop.storefront.queries.products import cards

Source = HomeSection.Source
_COLUMNS = ("position", "sales", "listed_at", "id")
_SORTS = {Source.SALES: "sales", Source.NEW: "new"}


def home(*, tier: str) -> dict[str, Any]:
    """Return the sections shown now, in five queries at most, however many sections and products there are.

    A group whose products are all off sale is left out, and so is a section without items.
    """
    sections = home_sections(clock.now())
    chosen = _chosen_products([section for section in sections if section.kind == HomeSection.Kind.PRODUCTS])
    wanted = [pk for ids in chosen.values() for pk in ids]
    by_id = {card["id"]: card for card in cards(wanted, tier=tier)}
    bodies = [_body(section, chosen.get(section.id, []), by_id) for section in sections]
    return {"sections": [body for body in bodies if body["items"] or body["products"]]}


def _body(section: ShownSection, ids: list[int], by_id: Mapping[int, dict[str, Any]]) -> dict[str, Any]:
    is_group = section.kind == HomeSection.Kind.PRODUCTS
    return {
        "id": section.id,
        "kind": section.kind,
        "title": section.title,
        "items": [] if is_group else [_item_body(item) for item in section.items],
        "products": [by_id[pk] for pk in ids if pk in by_id][: section.limit],
        "more": _more(section) if is_group else None,
    }


def _item_body(item: ShownItem) -> dict[str, Any]:
    link = {"kind": item.link, "id": item.link_id, "path": item.path}
    return {"title": item.title, "image": item.image, "link": link}


def _more(section: ShownSection) -> str | None:
    """Return the path of the whole list behind a group."""
    query: dict[str, Any]
    if section.source == Source.PICKED:
        return None
    if section.source == Source.CATEGORY:
        query = {"category": section.category_id}
    elif section.source == Source.TAG:
        query = {"tag": section.tag_id}
    else:
        query = {"sort": _SORTS[Source(section.source)]}
    return f"{reverse('products')}?{urlencode(query)}"


def _chosen_products(groups: list[ShownSection]) -> dict[int, list[int]]:
    """Return the products of each group, by the section's id: two queries for any number of groups."""
    chosen = {
        group.id: [item.link_id for item in group.items if item.link_id is not None]
        for group in groups
        if group.source == Source.PICKED
    }
    ruled = [group for group in groups if group.source != Source.PICKED]
    below = subtrees(group.category_id for group in ruled if group.category_id is not None) if ruled else {}
    lists = [_ruled(group, below) for group in ruled]
    orders = {group.id: order for group, (_rows, order) in zip(ruled, lists, strict=True)}
    querysets = [rows for rows, _order in lists]
    if not querysets:
        return chosen
    rows = querysets[0].union(*querysets[1:], all=True) if len(querysets) > 1 else querysets[0]
    found: dict[int, list[dict[str, Any]]] = {}
    for section, *values in rows:
        found.setdefault(section, []).append(dict(zip(_COLUMNS, values, strict=True)))
    for section, products in found.items():
        chosen[section] = _ordered(products, orders[section])
    return chosen


def _ruled(
    group: ShownSection, below: Mapping[int, list[int]]
) -> tuple[QuerySet[Any, tuple[Any, ...]], tuple[str, ...]]:
    filters = ProductFilters()
    if group.source == Source.CATEGORY:
        filters = ProductFilters(categories=below.get(group.category_id or 0, []))
    elif group.source == Source.TAG:
        filters = ProductFilters(tag=group.tag_id or 0)
    found = list_products(filters, sort=_SORTS.get(Source(group.source), "default"))
    marked = found.rows.annotate(section=Value(group.id, output_field=IntegerField()))
    return marked.values_list("section", *_COLUMNS)[: group.limit], found.order


def _ordered(products: list[dict[str, Any]], order: tuple[str, ...]) -> list[int]:
    """Sort as the database did: a union promises no order."""
    for name in reversed(order):
        products.sort(key=lambda row: row[name.removeprefix("-")], reverse=name.startswith("-"))
    return [row["id"] for row in products]
