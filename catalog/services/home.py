"""Writing the home page: sections with their items, and their order."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from catalog.models import Category, HomeItem, HomeSection, Media, Product, Tag
from catalog.permissions import EDIT_HOME
from catalog.rules.home import HomeItemFields, HomeSectionFields, section_errors
from shop.core import audit, clock
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_row, lock_rows
from shop.core.errors import FieldError, InvalidInput, NotFound
from shop.core.permissions import require

MOST_SECTIONS = 30
_PLAIN = ("kind", "title", "is_visible", "starts_at", "ends_at", "source", "category_id", "tag_id", "limit")


@in_transaction
def save_home_section(
    *, actor: Actor, fields: HomeSectionFields, section_id: int | None = None
) -> HomeSection:
    """Write a section whole, its items in the order given; a new one comes last. Locks the section.

    What does not belong to its kind is dropped. Raises ``Forbidden``, ``NotFound`` or ``InvalidInput`` with
    paths such as ``items.0.path``.
    """
    require(actor, EDIT_HOME)
    errors = list(section_errors(fields))
    if errors:
        raise InvalidInput(errors=errors)
    section = _section(section_id)
    before = _snapshot(section) if section.pk else None
    pictures = _pictures(section, fields)
    _refuse_unknown(fields)
    for name, value in _values(fields).items():
        setattr(section, name, value)
    section.updated_at = clock.now()
    section.save()
    section.items.all().delete()
    HomeItem.objects.bulk_create(
        _item(section, number, item, pictures.get(number)) for number, item in enumerate(_kept_items(fields))
    )
    audit.record(actor=actor, action=EDIT_HOME, subject=section, before=before, after=_snapshot(section))
    return section


@in_transaction
def move_home_section(*, actor: Actor, section_id: int, steps: int) -> HomeSection:
    """Move a section ``steps`` places down (negative: up), no further than the ends. Locks all sections.

    Raises ``Forbidden`` or ``NotFound``.
    """
    require(actor, EDIT_HOME)
    order = sorted(lock_rows(HomeSection.objects.all()), key=lambda row: (row.position, row.pk))
    old = next((place for place, row in enumerate(order) if row.pk == section_id), None)
    if old is None:
        raise NotFound
    new = min(max(old + steps, 0), len(order) - 1)
    section = order.pop(old)
    order.insert(new, section)
    for place, row in enumerate(order):
        row.position = place
    HomeSection.objects.bulk_update(order, ["position"])
    if new != old:
        before, after = {"place": old + 1}, {"place": new + 1}
        audit.record(actor=actor, action=EDIT_HOME, subject=section, before=before, after=after)
    return section


@in_transaction
def show_home_section(*, actor: Actor, section_id: int, is_visible: bool) -> HomeSection:
    """Show or hide a section. Locks it. Raises ``Forbidden`` or ``NotFound``."""
    require(actor, EDIT_HOME)
    section = lock_row(HomeSection.objects.filter(pk=section_id))
    if section.is_visible != is_visible:
        section.is_visible, section.updated_at = is_visible, clock.now()
        section.save(update_fields=["is_visible", "updated_at"])
        audit.record(actor=actor, action=EDIT_HOME, subject=section, after={"is_visible": is_visible})
    return section


@in_transaction
def delete_home_section(*, actor: Actor, section_id: int) -> None:
    """Delete a section with its items. Locks it. Raises ``Forbidden`` or ``NotFound``."""
    require(actor, EDIT_HOME)
    section = lock_row(HomeSection.objects.filter(pk=section_id))
    audit.record(actor=actor, action=EDIT_HOME, subject=section, before=_snapshot(section))
    section.delete()


def _section(section_id: int | None) -> HomeSection:
    if section_id is not None:
        return lock_row(HomeSection.objects.filter(pk=section_id))
    lock_rows(HomeSection.objects.all())
    if HomeSection.objects.count() >= MOST_SECTIONS:
        raise InvalidInput(
            errors=[FieldError("kind", "too_many", _("The home page has at most 30 sections."))]
        )
    last = HomeSection.objects.aggregate(last=Max("position"))["last"]
    return HomeSection(position=0 if last is None else last + 1, created_at=clock.now())


def _values(fields: HomeSectionFields) -> dict[str, Any]:
    values = {name: getattr(fields, name) for name in _PLAIN}
    if fields.kind != "products":
        values["source"] = HomeSection.Source.PICKED
    if values["source"] != HomeSection.Source.CATEGORY:
        values["category_id"] = None
    if values["source"] != HomeSection.Source.TAG:
        values["tag_id"] = None
    return values


def _kept_items(fields: HomeSectionFields) -> Sequence[HomeItemFields]:
    """Return the items that count: a group of products by rule has none of its own."""
    return () if fields.kind == "products" and fields.source != "picked" else fields.items


def _pictures(section: HomeSection, fields: HomeSectionFields) -> dict[int, tuple[str, dict[str, str]]]:
    """Return file and renditions of each item's picture, by place; raises for missing ones."""
    items = _kept_items(fields)
    uploaded = Media.objects.in_bulk([item.media_id for item in items if item.media_id is not None])
    present = {item.pk: item for item in section.items.all()} if section.pk else {}
    found: dict[int, tuple[str, dict[str, str]]] = {}
    errors: list[FieldError] = []
    for number, item in enumerate(items):
        media, old = uploaded.get(item.media_id or 0), present.get(item.id or 0)
        if media is not None and media.kind == Media.Kind.IMAGE:
            found[number] = (str(media.file.name), dict(media.renditions))
        elif item.media_id is not None:
            errors.append(FieldError(f"items.{number}.image", "invalid", _("This is not a picture.")))
        elif old is not None and old.image:
            found[number] = (str(old.image.name), dict(old.renditions))
        elif fields.kind in ("banners", "shortcuts"):
            errors.append(FieldError(f"items.{number}.image", "required", _("Choose a picture.")))
    if errors:
        raise InvalidInput(errors=errors)
    return found


def _refuse_unknown(fields: HomeSectionFields) -> None:
    items = _kept_items(fields)
    products = {item.product_id for item in items if item.product_id is not None}
    categories = {item.category_id for item in items if item.category_id is not None}
    known = set(Product.objects.filter(pk__in=products, is_deleted=False).values_list("pk", flat=True))
    known_categories = set(Category.objects.filter(pk__in=categories).values_list("pk", flat=True))
    errors: list[FieldError] = []
    for number, item in enumerate(items):
        if item.product_id is not None and item.product_id not in known:
            errors.append(FieldError(f"items.{number}.product", "unknown", _("There is no such product.")))
        if item.category_id is not None and item.category_id not in known_categories:
            errors.append(FieldError(f"items.{number}.category", "unknown", _("There is no such category.")))
    values = _values(fields)
    if values["category_id"] and not Category.objects.filter(pk=values["category_id"]).exists():
        errors.append(FieldError("category", "unknown", _("There is no such category.")))
    if values["tag_id"] and not Tag.objects.filter(pk=values["tag_id"]).exists():
        errors.append(FieldError("tag", "unknown", _("There is no such tag.")))
    if errors:
        raise InvalidInput(errors=errors)


def _item(
    section: HomeSection, number: int, item: HomeItemFields, picture: tuple[str, dict[str, str]] | None
) -> HomeItem:
    link = HomeItem.Link.PRODUCT if section.kind == HomeSection.Kind.PRODUCTS else HomeItem.Link(item.link)
    file, renditions = picture or ("", {})
    return HomeItem(
        section=section,
        position=number,
        title=item.title,
        image=file,
        renditions=renditions,
        link=link,
        product_id=item.product_id if link == HomeItem.Link.PRODUCT else None,
        category_id=item.category_id if link == HomeItem.Link.CATEGORY else None,
        path=item.path if link == HomeItem.Link.PATH else "",
    )


def _snapshot(section: HomeSection) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(section, name) for name in _PLAIN}
    for name in ("starts_at", "ends_at"):
        values[name] = values[name].isoformat() if values[name] else None
    columns = ("title", "image", "link", "product_id", "category_id", "path")
    values["items"] = list(HomeItem.objects.filter(section=section).order_by("position").values(*columns))
    return values
