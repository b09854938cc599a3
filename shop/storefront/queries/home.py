"""The home page: the merchant's sections, filled with products as they are now."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from catalog.models import HomeSection
from catalog.queries import ProductFilters, list_ids, list_products
from catalog.queries.home import ShownItem, ShownSection, home_sections
from catalog.queries.listing import ProductList
from catalog.queries.taxonomy import subtrees
from shop.core import clock
from shop.storefront.queries.products import cards

Source = HomeSection.Source
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
    lists = {group.id: (_ruled(group, below), group.limit) for group in ruled}
    return {**chosen, **list_ids(lists)}


def _ruled(group: ShownSection, below: Mapping[int, list[int]]) -> ProductList:
    filters = ProductFilters()
    if group.source == Source.CATEGORY:
        filters = ProductFilters(categories=below.get(group.category_id or 0, []))
    elif group.source == Source.TAG:
        filters = ProductFilters(tag=group.tag_id or 0)
    return list_products(filters, sort=_SORTS.get(Source(group.source), "default"))
