"""The form of a home page section, and its rows of items as a browser sends them."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from catalog.models import Category, HomeItem, HomeSection, Media, Tag
from catalog.queries import known_products
from catalog.queries.images import rendition_url
from catalog.rules.home import MAX_TITLE, HomeItemFields, HomeSectionFields
from catalog.services.media import upload_media
from shop.core.actors import Actor
from shop.core.console import refusal_text
from shop.core.errors import ShopError

MOST_ROWS = 60
_MOMENT = "%Y-%m-%dT%H:%M"
_ITEM = re.compile(r"items\.([0-9]+)\.")


@dataclass
class Row:
    """One item in the form."""

    id: int | None = None
    media_id: int | None = None
    image: str = ""
    title: str = ""
    link: str = "none"
    product_id: int | None = None
    product_title: str = ""
    product_image: str = ""
    category_id: int | None = None
    path: str = ""
    errors: list[str] = field(default_factory=list)


class SectionForm(forms.Form):
    """A section without its items; times are Beijing's."""

    title = forms.CharField(
        label=_("Title"), max_length=MAX_TITLE, required=False, widget=UnfoldAdminTextInputWidget()
    )
    is_visible = forms.BooleanField(label=_("Visible"), required=False, widget=UnfoldBooleanSwitchWidget())
    starts_at = forms.DateTimeField(
        label=_("Shown from"), required=False, widget=UnfoldAdminTextInputWidget({"type": "datetime-local"})
    )
    ends_at = forms.DateTimeField(
        label=_("Shown until"), required=False, widget=UnfoldAdminTextInputWidget({"type": "datetime-local"})
    )
    source = forms.ChoiceField(
        label=_("Which products"),
        choices=HomeSection.Source.choices,
        required=False,
        initial=HomeSection.Source.PICKED,
        widget=UnfoldAdminSelectWidget(),
    )
    category = forms.TypedChoiceField(
        label=_("Category"), coerce=int, empty_value=None, required=False, widget=UnfoldAdminSelectWidget()
    )
    tag = forms.TypedChoiceField(
        label=_("Tag"), coerce=int, empty_value=None, required=False, widget=UnfoldAdminSelectWidget()
    )
    limit = forms.IntegerField(
        label=_("How many"), required=False, widget=UnfoldAdminTextInputWidget({"inputmode": "numeric"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        nothing = [("", "—")]
        self.fields["category"].choices = nothing + self.category_choices()  # type: ignore[attr-defined]
        tags = Tag.objects.order_by("position", "id").values_list("id", "name")
        self.fields["tag"].choices = nothing + list(tags)  # type: ignore[attr-defined]

    @classmethod
    def of(cls, section: HomeSection) -> "SectionForm":
        """Return the form filled with a section."""
        return cls(
            initial={
                "title": section.title,
                "is_visible": section.is_visible,
                "starts_at": _typed(section.starts_at),
                "ends_at": _typed(section.ends_at),
                "source": section.source,
                "category": section.category_id,
                "tag": section.tag_id,
                "limit": section.limit,
            }
        )

    def category_choices(self) -> list[tuple[int, str]]:
        """Return the categories of the tree, indented; read once."""
        known: list[tuple[int, str]] | None = getattr(self, "_categories", None)
        if known is None:
            rows = Category.objects.order_by("path").values_list("id", "depth", "name")
            known = self._categories = [(pk, "　" * (depth - 1) + name) for pk, depth, name in rows]
        return known

    def show(self, refusal: ShopError, rows: list[Row]) -> None:
        """Put each part of a refusal beside what it is about."""
        if not refusal.errors:
            self.add_error(None, refusal_text(refusal))
        for error in refusal.errors:
            item = _ITEM.match(error.field)
            if item and int(item[1]) < len(rows):
                rows[int(item[1])].errors.append(str(error.detail))
            else:
                self.add_error(error.field if error.field in self.fields else None, str(error.detail))


def section_fields(kind: str, data: dict[str, Any], rows: list[Row]) -> HomeSectionFields:
    """Return what the service takes."""
    return HomeSectionFields(
        kind=kind,
        title=data["title"],
        is_visible=data["is_visible"],
        starts_at=data["starts_at"],
        ends_at=data["ends_at"],
        source=data["source"] or "picked",
        category_id=data["category"],
        tag_id=data["tag"],
        limit=data["limit"] or 10,
        items=[
            HomeItemFields(
                id=row.id,
                media_id=row.media_id,
                title=row.title,
                link=row.link,
                product_id=row.product_id,
                category_id=row.category_id,
                path=row.path,
            )
            for row in rows
        ],
    )


def rows_of(section: HomeSection) -> list[Row]:
    """Return the stored items of a section as rows."""
    if section._state.adding:
        return []
    rows = [
        Row(
            id=item.pk,
            image=rendition_url(item.image.name, item.renditions),
            title=item.title,
            link=item.link,
            product_id=item.product_id,
            category_id=item.category_id,
            path=item.path,
        )
        for item in section.items.all()
    ]
    return _with_products(rows)


def rows_sent(request: HttpRequest, actor: Actor) -> list[Row]:
    """Return the rows of a sent form in the order of the screen; stores the pictures that came with it."""
    numbers = [number for number in request.POST.getlist("row")[:MOST_ROWS] if number.isdigit()]
    return _with_pictures(_with_products([_row_sent(request, number, actor) for number in numbers]))


def _row_sent(request: HttpRequest, number: str, actor: Actor) -> Row:
    sent = request.POST
    row = Row(
        id=_whole(sent.get(f"id-{number}")),
        media_id=_whole(sent.get(f"media-{number}")),
        title=sent.get(f"title-{number}", "").strip(),
        link=sent.get(f"link-{number}", "none"),
        product_id=_whole(sent.get(f"product-{number}")),
        category_id=_whole(sent.get(f"category-{number}")),
        path=sent.get(f"path-{number}", "").strip(),
    )
    upload = request.FILES.get(f"upload-{number}")
    if upload is not None:
        try:
            row.media_id = upload_media(actor=actor, content=upload.read(), render=True).pk
        except ShopError as refusal:
            row.errors.append(refusal_text(refusal))
    return row


def _with_products(rows: list[Row]) -> list[Row]:
    products = known_products(row.product_id for row in rows if row.product_id is not None)
    for row in rows:
        if row.product_id in products:
            product = products[row.product_id]
            row.product_title, row.product_image = product["title"], product["image"]
    return rows


def _with_pictures(rows: list[Row]) -> list[Row]:
    media = Media.objects.in_bulk([row.media_id for row in rows if row.media_id is not None])
    items = HomeItem.objects.in_bulk([row.id for row in rows if row.id is not None])
    for row in rows:
        found = media.get(row.media_id or 0)
        item = items.get(row.id or 0)
        if found is not None:
            row.image = rendition_url(found.file.name, found.renditions)
        elif item is not None:
            row.image = rendition_url(item.image.name, item.renditions)
    return rows


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def _typed(moment: datetime | None) -> str:
    return timezone.localtime(moment).strftime(_MOMENT) if moment else ""
