"""The category tree as staff edit it."""

from dataclasses import dataclass

from django.db.models import Count

from catalog.models import Category, Product
from catalog.queries.images import image_url


@dataclass(frozen=True)
class CategoryRow:
    """One line of the tree. ``products`` counts those directly in it, the recycle bin left out."""

    id: int
    parent: int | None
    name: str
    depth: int
    image: str
    is_visible: bool
    warning_level: int | None
    safety_level: int | None
    products: int
    is_first: bool
    is_last: bool
    has_children: bool


def category_rows() -> list[CategoryRow]:
    """Return the whole tree in order. Two queries."""
    rows = list(Category.objects.order_by("path"))
    by_path = {row.path: row.pk for row in rows}
    siblings: dict[str, list[int]] = {}
    for row in rows:
        siblings.setdefault(row.path[: -Category.steplen], []).append(row.pk)
    counts = dict(
        Product.objects.filter(is_deleted=False)
        .values("category")
        .annotate(number=Count("pk"))
        .values_list("category", "number")
    )
    return [
        CategoryRow(
            id=row.pk,
            parent=by_path.get(row.path[: -Category.steplen]),
            name=row.name,
            depth=row.depth,
            image=image_url(row.image.name if row.image else ""),
            is_visible=row.is_visible,
            warning_level=row.warning_level,
            safety_level=row.safety_level,
            products=counts.get(row.pk, 0),
            is_first=siblings[row.path[: -Category.steplen]][0] == row.pk,
            is_last=siblings[row.path[: -Category.steplen]][-1] == row.pk,
            has_children=row.numchild > 0,
        )
        for row in rows
    ]
