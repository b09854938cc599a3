"""The category tree and the filters that a category offers."""

from collections.abc import Iterable
from typing import Any

from catalog.models import Attribute, Category
from catalog.queries.images import image_url
from catalog.rules.tree import lineage


def category_tree() -> list[dict[str, Any]]:
    """Return the visible categories as a tree, in the merchant's order. A hidden one hides all below it.

    One query for any size.
    """
    by_path: dict[str, dict[str, Any]] = {}
    roots: list[dict[str, Any]] = []
    rows = Category.objects.filter(is_visible=True).order_by("path")
    for row in rows.values("id", "path", "depth", "name", "image"):
        node = {
            "id": row["id"],
            "name": row["name"],
            "image": image_url(row["image"]),
            "children": [],
        }
        if row["depth"] == 1:
            roots.append(node)
        else:
            parent = by_path.get(row["path"][: -Category.steplen])
            if parent is None:
                continue
            parent["children"].append(node)
        by_path[row["path"]] = node
    return roots


def subtrees(category_ids: Iterable[int]) -> dict[int, list[int]]:
    """Return for each visible category its own id and those of the visible ones below; hidden ones have none.

    One query for any number.
    """
    rows = list(Category.objects.filter(is_visible=True).values_list("id", "path"))
    paths = dict(rows)
    return {
        wanted: [pk for pk, path in rows if path.startswith(paths[wanted])] if wanted in paths else []
        for wanted in set(category_ids)
    }


def filter_attributes(category_id: int) -> list[str]:
    """Return the names of the attributes that a list of this category can be filtered by, in order.

    Those of the category itself, of all above it, and of the whole shop. Two queries.
    """
    path = Category.objects.filter(pk=category_id).values_list("path", flat=True).first()
    above = lineage(path, step=Category.steplen) if path else []
    everywhere = Attribute.objects.filter(is_filter=True, category__isnull=True)
    here = Attribute.objects.filter(is_filter=True, category__path__in=above)
    names = (everywhere | here).order_by("position", "id").values_list("name", flat=True)
    return list(dict.fromkeys(names))
