"""Filters of the product list."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from catalog.models import Brand, Product, Tag
from catalog.queries.console import at_stock_level, below_category, with_finding
from catalog.queries.editing import category_choices

BIN = "bin"


class StateFilter(admin.SimpleListFilter):
    """Which shelf of the list: shown as tabs above it, so it takes no room among the filters."""

    title = _("state")
    parameter_name = "state"
    template = "catalog/console/nothing.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the tabs."""
        return [
            (Product.State.ON_SALE, _("On sale")),
            (Product.State.OFF_SALE, _("Off sale")),
            (Product.State.DRAFT, _("Drafts")),
            (BIN, _("Recycle bin")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        """Leave the recycle bin out unless it is asked for."""
        shelf = self.value()
        if shelf == BIN:
            return queryset.filter(is_deleted=True)
        queryset = queryset.filter(is_deleted=False)
        return queryset.filter(state=shelf) if shelf else queryset

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Yield nothing: the tabs are drawn by the list's own template."""
        return iter(())


class ChoiceFilter(DropdownFilter):
    """A drop-down of rows or words; what is not among them finds nothing."""

    def chosen(self) -> str:
        """Return the choice; empty for none."""
        return str(self.value() or "")

    def chosen_id(self) -> int | None:
        """Return the chosen row's id; -1, which no row has, for what is no number."""
        value = self.chosen()
        if not value:
            return None
        return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else -1


class CategoryFilter(ChoiceFilter):
    """A category with all below it; ``path`` leads from the listed model to the category."""

    title = _("category")
    parameter_name = "category"
    path = "category"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the whole tree."""
        return [(str(row.id), row.indented) for row in category_choices()] or [("0", "-")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Keep what lies in the subtree."""
        pk = self.chosen_id()
        return queryset if pk is None else queryset.filter(**{f"{self.path}__in": below_category(pk)})


class BrandFilter(ChoiceFilter):
    """A brand; ``path`` leads from the listed model to it."""

    title = _("brand")
    parameter_name = "brand"
    path = "brand"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return all brands."""
        return [(str(row.pk), row.name) for row in Brand.objects.all()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Keep what is of the brand."""
        pk = self.chosen_id()
        return queryset if pk is None else queryset.filter(**{self.path: pk})


class TagFilter(ChoiceFilter):
    """A tag."""

    title = _("tag")
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return all tags."""
        return [(str(row.pk), row.name) for row in Tag.objects.all()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        """Keep what carries the tag."""
        pk = self.chosen_id()
        return queryset if pk is None else queryset.filter(producttag__tag=pk)


class StockLevelFilter(ChoiceFilter):
    """How much is left."""

    title = _("stock")
    parameter_name = "stock"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the levels."""
        return [("out", _("Sold out")), ("low", _("A SKU is short")), ("enough", _("Enough of all"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        """Keep what is at that level."""
        level = self.chosen()
        return at_stock_level(queryset, level) if level else queryset


class FindingFilter(ChoiceFilter):
    """What staff should look at."""

    title = _("finding")
    parameter_name = "finding"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the kinds."""
        return [
            ("wording", _("Doubtful words in title or subtitle")),
            ("no_picture", _("No picture")),
            ("no_sku", _("No active SKU")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        """Keep what has such a finding."""
        finding = self.chosen()
        return with_finding(queryset, finding) if finding else queryset
