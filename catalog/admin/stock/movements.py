"""The journal of stock and the documents that staff signed: to read, never to write."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.paginator import InfinitePaginator

from catalog.admin.products.filters import ChoiceFilter
from catalog.admin.stock.cells import signed, sku_cell, sku_words
from catalog.admin.stock.listing import LocationFilter, OneProductFilter
from catalog.models import StockDocument, StockMovement
from catalog.permissions import SEE_STOCK
from catalog.queries.console import movements_found, with_actor_names
from catalog.queries.stock import document_lines
from shop.core.clock import BEIJING
from shop.core.console import DayRangeFilter, NavGroup, ReadOnlyAdmin, badge_column
from shop.core.naming import actor_key_title, actor_title

LINES_SHOWN = 500
_KINDS = {
    "stock_in": "success",
    "return": "success",
    "stock_take": "info",
    "reserve": "neutral",
    "release": "neutral",
    "consume": "warning",
    "campaign_out": "neutral",
    "campaign_in": "neutral",
}


class StockLocationFilter(LocationFilter):
    """By the location of the stock row."""

    path = "stock__location"


class MovedProductFilter(OneProductFilter):
    """One product."""

    path = "stock__sku__product"


class OneStockFilter(OneProductFilter):
    """One stock row, as the stock list links here."""

    title = _("stock")
    parameter_name = "stock"
    path = "stock"


class KindFilter(ChoiceFilter):
    """By kind of movement."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the kinds."""
        return list(StockMovement.Kind.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[StockMovement]) -> QuerySet[StockMovement]:
        """Keep movements of the kind."""
        kind = self.chosen()
        return queryset.filter(kind=kind) if kind else queryset


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnlyAdmin):
    """Why stock changed, newest first."""

    view_permission = SEE_STOCK
    nav_group = NavGroup.CATALOG
    nav_icon = "swap_vert"
    nav_order = 60
    paginator = InfinitePaginator
    list_display = (
        "moment",
        badge_column("kind", _("Kind"), _KINDS),
        "goods",
        "place",
        "on_hand_change",
        "reserved_change",
        "after",
        "paper",
        "by",
    )
    list_display_links = ("moment",)
    list_filter = (
        KindFilter,
        ("at", DayRangeFilter),
        StockLocationFilter,
        OneStockFilter,
        MovedProductFilter,
    )
    search_fields = ("reference",)
    search_help_text = _("Reference, SKU code or barcode")
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "at",
        "kind",
        "goods",
        "place",
        "on_hand_change",
        "reserved_change",
        "after",
        "reference",
        "reason",
        "by",
    )
    readonly_fields = fields

    class Media:
        css = {"all": ("catalog/console/goods.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockMovement]:
        """Read the goods, the place and who did it with the rows."""
        rows = StockMovement.objects.select_related(
            "stock__sku__product__cover", "stock__sku__image", "stock__location"
        ).defer(
            "stock__sku__product__detail", "stock__sku__product__search", "stock__sku__product__attributes"
        )
        return with_actor_names(rows).order_by("-pk")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[StockMovement], search_term: str
    ) -> tuple[QuerySet[StockMovement], bool]:
        """Find by the beginning of the reference, or by code and barcode."""
        return (movements_found(queryset, search_term) if search_term.strip() else queryset), False

    @admin.display(description=_("at"), ordering="at")
    def moment(self, movement: StockMovement) -> SafeString:
        """Show the Beijing time on one line."""
        local = timezone.localtime(movement.at, BEIJING)
        return format_html('<span class="goods-moment">{}</span>', local.strftime("%Y-%m-%d %H:%M"))

    @admin.display(description=_("Reference"))
    def paper(self, movement: StockMovement) -> SafeString:
        """Show the reference and, below it, why."""
        note = format_html('<div class="console-subtle">{}</div>', movement.reason) if movement.reason else ""
        return format_html('<span class="goods-moment">{}</span>{}', movement.reference, note)

    @admin.display(description=_("Goods"))
    def goods(self, movement: StockMovement) -> SafeString:
        """Name the SKU."""
        return sku_cell(movement.stock.sku)

    @admin.display(description=_("Location"))
    def place(self, movement: StockMovement) -> str:
        """Name the location."""
        return movement.stock.location.name

    @admin.display(description=_("On hand"))
    def on_hand_change(self, movement: StockMovement) -> SafeString:
        """Show the change."""
        return signed(movement.on_hand_delta)

    @admin.display(description=_("Reserved"))
    def reserved_change(self, movement: StockMovement) -> SafeString:
        """Show the change."""
        return signed(movement.reserved_delta)

    @admin.display(description=_("Left: on hand / reserved"))
    def after(self, movement: StockMovement) -> str:
        """Show both counters as they were afterwards."""
        return f"{movement.on_hand_after} / {movement.reserved_after}"

    @admin.display(description=_("By"))
    def by(self, movement: Any) -> str:
        """Name the colleague, the member, or the part of the shop."""
        return str(movement.actor_name or actor_key_title(movement.actor_key))


@admin.register(StockDocument)
class StockDocumentAdmin(ReadOnlyAdmin):
    """Stock-ins and stock-takes as they were signed."""

    view_permission = SEE_STOCK
    nav_group = NavGroup.CATALOG
    nav_icon = "receipt_long"
    nav_order = 55
    paginator = InfinitePaginator
    list_display = (
        "reference",
        badge_column("kind", _("Kind"), _KINDS),
        "location",
        "lines",
        "pieces_change",
        "reason",
        "by",
        "at",
    )
    list_filter = ("kind", ("at", DayRangeFilter), LocationFilter)
    search_fields = ("reference__istartswith",)
    search_help_text = _("Beginning of the reference")
    list_select_related = ("location",)
    ordering = ("-pk",)
    fields = (
        "reference",
        "kind",
        "location",
        "reason",
        "pieces_change",
        "by",
        "at",
        "lines_table",
    )
    readonly_fields = fields

    class Media:
        css = {"all": ("catalog/console/goods.css",)}

    @admin.display(description=_("By"), ordering="actor_label")
    def by(self, document: StockDocument) -> str:
        """Name the colleague, or the part of the shop."""
        return actor_title(document.actor_key.partition(":")[0], document.actor_label)

    @admin.display(description=_("Change in pieces"), ordering="pieces")
    def pieces_change(self, document: StockDocument) -> SafeString:
        """Show the change."""
        return signed(document.pieces)

    @admin.display(description=_("Lines"))
    def lines_table(self, document: StockDocument) -> SafeString:
        """Show what was booked."""
        movements = document_lines(kind=document.kind, reference=document.reference)[: LINES_SHOWN + 1]
        movements = movements.select_related("stock__sku__product__cover", "stock__sku__image")
        lines = [
            {
                **sku_words(movement.stock.sku),
                "change": signed(movement.on_hand_delta),
                "before": movement.on_hand_after - movement.on_hand_delta,
                "after": movement.on_hand_after,
            }
            for movement in movements
        ]
        return render_to_string(
            "catalog/console/document_lines.html",
            {"lines": lines[:LINES_SHOWN], "more": len(lines) > LINES_SHOWN, "limit": LINES_SHOWN},
        )
