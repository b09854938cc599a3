"""What lies where: the stock list, its levels, and one row's page."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from catalog.admin.products.filters import BrandFilter, CategoryFilter, ChoiceFilter
from catalog.admin.stock.cells import LONG_COLUMNS, ROW_RELATIONS, sku_cell
from catalog.admin.stock.lookup import lookup
from catalog.badges import alert_badge
from catalog.models import Location, Reservation, Stock
from catalog.permissions import SEE_STOCK, SET_STOCK_LEVELS
from catalog.queries.console import at_shortage, short_stock_count, stock_found, stock_rows
from catalog.services.stock import set_stock_levels
from shop.core.console import (
    ConfirmForm,
    NavGroup,
    ReadOnlyAdmin,
    ReadOnlyInline,
    actor_of,
    console_action,
)

MAX_LEVEL = 1_000_000


class SkuCategoryFilter(CategoryFilter):
    """By the product's category."""

    path = "sku__product__category"


class SkuBrandFilter(BrandFilter):
    """By the product's brand."""

    path = "sku__product__brand"


class LocationFilter(ChoiceFilter):
    """By location; ``path`` leads from the listed model to it."""

    title = gettext_lazy("location")
    parameter_name = "location"
    path = "location"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return all locations, the default one first."""
        return [(str(row.pk), row.name) for row in Location.objects.order_by("-is_default", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Keep what lies there."""
        pk = self.chosen_id()
        return queryset if pk is None else queryset.filter(**{self.path: pk})


class AlertFilter(ChoiceFilter):
    """By how short the stock is now; ``short`` is every shortage."""

    title = gettext_lazy("alert")
    parameter_name = "alert"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the alerts."""
        return [("short", gettext_lazy("every shortage")), *Stock.Alert.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Stock]) -> QuerySet[Stock]:
        """Keep what stands at that alert."""
        alert = self.chosen()
        return at_shortage(queryset, alert) if alert else queryset


class OneProductFilter(ChoiceFilter):
    """One product, as the editor links here; takes no room among the filters."""

    title = gettext_lazy("product")
    parameter_name = "product"
    template = "catalog/console/nothing.html"
    path = "sku__product"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return something, or the filter would not be read."""
        return [("", "")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Keep what belongs to it."""
        pk = self.chosen_id()
        return queryset if pk is None else queryset.filter(**{self.path: pk})


class LevelsForm(ConfirmForm):
    """Asks for a stock row's own levels; an empty one follows the category."""

    warning_level = forms.IntegerField(
        label=gettext_lazy("Warning level"),
        required=False,
        min_value=0,
        max_value=MAX_LEVEL,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy("Empty: as the category or the shop's settings say."),
    )
    safety_level = forms.IntegerField(
        label=gettext_lazy("Safety level"),
        required=False,
        min_value=0,
        max_value=MAX_LEVEL,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy("Below it the alert becomes urgent."),
    )


class ReservationInline(ReadOnlyInline):
    """Who holds pieces of this stock."""

    model = Reservation
    view_permission = SEE_STOCK
    fields = ("reference", "quantity", "consumed", "released", "state", "expires_at", "created_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reservation]:
        """Only what is still held."""
        rows: QuerySet[Reservation] = super().get_queryset(request)
        return rows.filter(state__in=Reservation.OPEN).order_by("pk")


@admin.register(Stock)
class StockAdmin(ReadOnlyAdmin):
    """Stock by SKU and location."""

    view_permission = SEE_STOCK
    nav_group = NavGroup.CATALOG
    nav_icon = "warehouse"
    nav_order = 40
    nav_hint = gettext_lazy("SKUs on sale are short or sold out: order goods.")
    paginator = InfinitePaginator
    list_display = (
        "goods",
        "location",
        "on_hand",
        "reserved",
        "available_pieces",
        "levels",
        "shortage",
        "journal",
    )
    list_display_links = None
    list_filter = (LocationFilter, AlertFilter, SkuCategoryFilter, SkuBrandFilter, OneProductFilter)
    search_fields = ("sku__code",)
    search_help_text = gettext_lazy("SKU code, barcode or title")
    ordering = ("-pk",)
    actions = ("set_levels",)
    actions_detail = ("set_levels",)
    fields = (
        "goods",
        "location",
        "on_hand",
        "reserved",
        "available_pieces",
        "levels",
        "shortage",
        "sold_out_since",
    )
    readonly_fields = fields
    inlines = (ReservationInline,)

    class Media:
        css = {"all": ("catalog/console/goods.css",)}

    def nav_badge(self, request: HttpRequest) -> int:
        """Return how many stock rows of goods on sale are short."""
        return short_stock_count()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Stock]:
        """Leave out what cannot be sold any more and holds nothing."""
        rows = stock_rows().select_related(*ROW_RELATIONS).defer(*LONG_COLUMNS)
        return rows.filter(sku__product__is_deleted=False, sku__is_active=True).order_by("-pk")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Stock], search_term: str
    ) -> tuple[QuerySet[Stock], bool]:
        """Find by code, barcode or the product's text."""
        return (queryset.filter(stock_found(search_term)) if search_term.strip() else queryset), False

    def get_urls(self) -> list[URLPattern]:
        """Add the look-up that stock pages scan with."""
        found: list[URLPattern] = super().get_urls()
        return [path("lookup/", self.admin_site.admin_view(lookup), name="catalog_stock_lookup"), *found]

    @admin.display(description=gettext_lazy("Goods"))
    def goods(self, stock: Stock) -> SafeString:
        """Name the SKU."""
        return sku_cell(stock.sku, reverse("admin:catalog_stock_change", args=[stock.pk]))

    @admin.display(description=gettext_lazy("Available"), ordering="free")
    def available_pieces(self, stock: Stock) -> SafeString:
        """Show what can still be promised."""
        css = "goods-figure--none" if stock.available <= 0 else "goods-figure--strong"
        return format_html('<span class="goods-figure {}">{}</span>', css, stock.available)

    @admin.display(description=gettext_lazy("Warning / safety level"))
    def levels(self, stock: Stock) -> SafeString:
        """Show the levels in force and whether they are this row's own."""
        own = stock.warning_level is not None or stock.safety_level is not None
        return format_html(
            '<span class="goods-figure">{} / {}</span>{}',
            stock.warning_at,
            stock.safety_at,
            format_html(' <span class="console-subtle">{}</span>', _("own")) if own else "",
        )

    @admin.display(description=gettext_lazy("Alert"))
    def shortage(self, stock: Stock) -> SafeString:
        """Show how short it is now."""
        return alert_badge(stock)

    @admin.display(description="")
    def journal(self, stock: Stock) -> SafeString:
        """Lead to the movements of this row."""
        link = f"{reverse('admin:catalog_stockmovement_changelist')}?stock={stock.pk}"
        return format_html('<a class="goods-link" href="{}">{}</a>', link, _("Movements"))

    @console_action(
        permission=SET_STOCK_LEVELS,
        title=gettext_lazy("Set levels"),
        confirm=gettext_lazy("Both levels are written; an empty one follows the category again."),
        form=LevelsForm,
        icon="notifications",
    )
    def set_levels(self, request: HttpRequest, stock: Stock, data: dict[str, Any]) -> str:
        """Give the row its own levels, or none."""
        set_stock_levels(
            actor=actor_of(request),
            stock_id=stock.pk,
            warning_level=data["warning_level"],
            safety_level=data["safety_level"],
        )
        return _("The levels are in force.")
