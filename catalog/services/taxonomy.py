"""Categories, brands and tags: what products are sorted by."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from catalog.errors import CategoryInUse
from catalog.models import Brand, Category, Product, Tag
from catalog.permissions import EDIT_TAXONOMY
from catalog.services.stock.levels import refresh_levels_below
from shop.core import audit
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_row, lock_rows
from shop.core.errors import FieldError, InvalidInput
from shop.core.permissions import require

MAX_DEPTH = 4
_CATEGORY_FIELDS = ("name", "image", "is_visible", "warning_level", "safety_level")


@in_transaction
def create_category(*, actor: Actor, name: str, parent_id: int | None = None, **fields: Any) -> Category:
    """Add a category at the end of its level. ``fields``: image, is_visible, warning_level, safety_level.

    Locks the tree (one editor at a time). Raises ``Forbidden``, ``NotFound`` (no such parent) or
    ``InvalidInput`` (no name, too deep).
    """
    require(actor, EDIT_TAXONOMY)
    _lock_tree()
    values = {**_known(fields), "name": _name(name)}
    if parent_id is None:
        category: Category = Category.objects.add_root(values)
    else:
        parent = lock_row(Category.objects.filter(pk=parent_id))
        if parent.depth >= MAX_DEPTH:
            raise InvalidInput(errors=[FieldError("parent", "too_deep", _("Categories have four levels."))])
        category = Category.objects.add_child(parent, values)
    audit.record(actor=actor, action=EDIT_TAXONOMY, subject=category, after=_plain(values))
    return category


@in_transaction
def update_category(*, actor: Actor, category_id: int, **fields: Any) -> Category:
    """Change a category; new stock levels are in force at once for all below it. Locks the category.

    Raises ``Forbidden``, ``NotFound`` or ``InvalidInput``.
    """
    require(actor, EDIT_TAXONOMY)
    category: Category = lock_row(Category.objects.filter(pk=category_id))
    values = _known(fields)
    if "name" in values:
        values["name"] = _name(values["name"])
    before = {name: getattr(category, name) for name in values}
    changed = {name: value for name, value in values.items() if before[name] != value}
    if not changed:
        return category
    for name, value in changed.items():
        setattr(category, name, value)
    category.save(update_fields=list(changed))
    if "name" in changed:
        _mark_stale(Product.objects.filter(category__path__startswith=category.path))
    if {"warning_level", "safety_level"} & set(changed):
        refresh_levels_below(category.path)
    audit.record(
        actor=actor,
        action=EDIT_TAXONOMY,
        subject=category,
        before=_plain({name: before[name] for name in changed}),
        after=_plain(changed),
    )
    return category


@in_transaction
def move_category(*, actor: Actor, category_id: int, target_id: int, position: str) -> Category:
    """Move a category with all below it to first-child, last-child, left or right of the target.

    Locks the tree. Raises ``Forbidden``, ``NotFound`` or ``InvalidInput`` (below itself, too deep).
    """
    require(actor, EDIT_TAXONOMY)
    if position not in ("first-child", "last-child", "left", "right"):
        raise InvalidInput(
            errors=[FieldError("position", "invalid_choice", _("This is not one of the choices."))]
        )
    _lock_tree()
    category: Category = lock_row(Category.objects.filter(pk=category_id))
    target = lock_row(Category.objects.filter(pk=target_id))
    if target.path.startswith(category.path):
        raise InvalidInput(
            errors=[FieldError("target", "invalid", _("A category cannot move below itself."))]
        )
    _refuse_too_deep(category, target, position)
    before = category.path
    Category.objects.move(category, target, position)
    category.refresh_from_db()
    refresh_levels_below(category.path)
    _mark_stale(Product.objects.filter(category__path__startswith=category.path))
    audit.record(
        actor=actor,
        action=EDIT_TAXONOMY,
        subject=category,
        before={"path": before},
        after={"path": category.path},
    )
    return category


@in_transaction
def delete_category(*, actor: Actor, category_id: int) -> None:
    """Delete an empty category. Locks the tree. Raises ``Forbidden``, ``NotFound`` or ``CategoryInUse``."""
    require(actor, EDIT_TAXONOMY)
    _lock_tree()
    category: Category = lock_row(Category.objects.filter(pk=category_id))
    if category.numchild or Product.objects.filter(category=category).exists():
        raise CategoryInUse
    audit.record(actor=actor, action=EDIT_TAXONOMY, subject=category, before={"name": category.name})
    category.delete()


@in_transaction
def rename_brand(*, actor: Actor, brand_id: int, name: str) -> Brand:
    """Rename a brand; its products are found by the new name soon. Raises ``Forbidden`` or ``NotFound``."""
    require(actor, EDIT_TAXONOMY)
    brand = lock_row(Brand.objects.filter(pk=brand_id))
    _rename(actor, brand, name, Product.objects.filter(brand=brand))
    return brand


@in_transaction
def rename_tag(*, actor: Actor, tag_id: int, name: str) -> Tag:
    """Rename a tag; its products are found by the new name soon. Raises ``Forbidden`` or ``NotFound``."""
    require(actor, EDIT_TAXONOMY)
    tag = lock_row(Tag.objects.filter(pk=tag_id))
    _rename(actor, tag, name, Product.objects.filter(producttag__tag=tag))
    return tag


def _rename(actor: Actor, row: Brand | Tag, name: str, products: QuerySet[Product]) -> None:
    name = _name(name, longest=int(row._meta.get_field("name").max_length or 0))
    if type(row).objects.filter(~Q(pk=row.pk), name=name).exists():
        raise InvalidInput(errors=[FieldError("name", "taken", _("This name exists already."))])
    before, row.name = row.name, name
    if before == name:
        return
    row.save(update_fields=["name"])
    _mark_stale(products)
    audit.record(
        actor=actor, action=EDIT_TAXONOMY, subject=row, before={"name": before}, after={"name": name}
    )


def _mark_stale(products: QuerySet[Product]) -> None:
    products.update(search_is_stale=True)


def _lock_tree() -> None:
    """Paths of one level depend on each other: whoever changes the tree holds its roots."""
    lock_rows(Category.objects.filter(depth=1))


def _refuse_too_deep(category: Category, target: Category, position: str) -> None:
    height = (
        max(row.depth for row in Category.objects.filter(path__startswith=category.path)) - category.depth
    )
    depth = target.depth + (1 if position.endswith("child") else 0)
    if depth + height > MAX_DEPTH:
        raise InvalidInput(errors=[FieldError("target", "too_deep", _("Categories have four levels."))])


def _name(name: str, *, longest: int = 60) -> str:
    name = name.strip()
    if not 1 <= len(name) <= longest or "\x00" in name:
        raise InvalidInput(
            errors=[FieldError("name", "invalid", _("A name is required, and not too long a one."))]
        )
    return name


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(fields) - set(_CATEGORY_FIELDS)
    if unknown:
        raise TypeError(f"Unknown fields of a category: {sorted(unknown)}")
    return dict(fields)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: getattr(value, "name", value) for name, value in values.items()}
