"""What a home page section must have to be worth showing: pure checks, no database."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from shop.core.errors import FieldError

KINDS = ("banners", "shortcuts", "notices", "products")
SOURCES = ("picked", "category", "tag", "sales", "new")
LINKS = ("none", "product", "category", "path")
MOST_ITEMS = {"banners": 10, "shortcuts": 20, "notices": 10, "products": 30}
MAX_TITLE, MAX_ITEM_TITLE, MAX_PATH = 40, 60, 200
MIN_LIMIT, MAX_LIMIT = 1, 30
_PATH = re.compile(r"/[^\s\x00\\]*")


@dataclass(frozen=True, slots=True)
class HomeItemFields:
    """One banner, shortcut, notice or picked product.

    ``id`` names the item it replaces, whose picture stays unless ``media_id`` brings another one.
    """

    id: int | None = None
    media_id: int | None = None
    title: str = ""
    link: str = "none"
    product_id: int | None = None
    category_id: int | None = None
    path: str = ""


@dataclass(frozen=True, slots=True)
class HomeSectionFields:
    """A section as staff write it; times are aware."""

    kind: str
    title: str = ""
    is_visible: bool = True
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    source: str = "picked"
    category_id: int | None = None
    tag_id: int | None = None
    limit: int = 10
    items: Sequence[HomeItemFields] = ()


def section_errors(fields: HomeSectionFields) -> Iterator[FieldError]:
    """Yield what is wrong with a section and its items, apart from their pictures and what they name."""
    if fields.kind not in KINDS:
        yield FieldError("kind", "invalid_choice", _("This is not one of the choices."))
        return
    if len(fields.title) > MAX_TITLE:
        yield FieldError("title", "max_length", _("At most 40 characters."))
    if fields.starts_at and fields.ends_at and fields.ends_at <= fields.starts_at:
        yield FieldError("ends_at", "out_of_range", _("The end comes after the beginning."))
    if len(fields.items) > MOST_ITEMS[fields.kind]:
        text = _("At most %(count)d items.") % {"count": MOST_ITEMS[fields.kind]}
        yield FieldError("items", "max_length", text)
    if fields.kind == "products":
        yield from _group_errors(fields)
    for number, item in enumerate(fields.items):
        yield from _item_errors(fields, item, f"items.{number}")


def _group_errors(fields: HomeSectionFields) -> Iterator[FieldError]:
    if fields.source not in SOURCES:
        yield FieldError("source", "invalid_choice", _("This is not one of the choices."))
    if not MIN_LIMIT <= fields.limit <= MAX_LIMIT:
        yield FieldError("limit", "out_of_range", _("From 1 to 30 products."))
    if fields.source == "category" and fields.category_id is None:
        yield FieldError("category", "required", _("Choose the category."))
    if fields.source == "tag" and fields.tag_id is None:
        yield FieldError("tag", "required", _("Choose the tag."))


def _item_errors(fields: HomeSectionFields, item: HomeItemFields, place: str) -> Iterator[FieldError]:
    if len(item.title) > MAX_ITEM_TITLE:
        yield FieldError(f"{place}.title", "max_length", _("At most 60 characters."))
    if fields.kind in ("shortcuts", "notices") and not item.title:
        yield FieldError(f"{place}.title", "required", _("Give it a title."))
    if fields.kind == "products":
        if item.product_id is None:
            yield FieldError(f"{place}.product", "required", _("Choose the product."))
        return
    yield from _link_errors(item, place)


def _link_errors(item: HomeItemFields, place: str) -> Iterator[FieldError]:
    if item.link not in LINKS:
        yield FieldError(f"{place}.link", "invalid_choice", _("This is not one of the choices."))
    elif item.link == "product" and item.product_id is None:
        yield FieldError(f"{place}.product", "required", _("Choose the product."))
    elif item.link == "category" and item.category_id is None:
        yield FieldError(f"{place}.category", "required", _("Choose the category."))
    elif item.link == "path" and not (_PATH.fullmatch(item.path) and len(item.path) <= MAX_PATH):
        text = _("A page of the mini-program begins with a slash, such as /pages/sale/index.")
        yield FieldError(f"{place}.path", "invalid", text)
