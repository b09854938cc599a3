"""Prices of single SKUs for tiers."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from members.tiers.models import SkuTierPrice, Tier
from members.tiers.permissions import EDIT_TIER, VIEW_TIER
from members.tiers.services.pricing import MOST, set_sku_prices
from shop.core.console import (
    ConfirmForm,
    NavGroup,
    ReadOnlyAdmin,
    actor_of,
    console_action,
    yuan_column,
)
from shop.core.money import MAX_FEN, parse_yuan


class PricesForm(ConfirmForm):
    """A tier, and one line for each SKU: its code and the price in yuan, or ``-`` to take the price away."""

    tier = forms.ModelChoiceField(
        label=gettext_lazy("Tier"), queryset=Tier.objects.order_by("level"), widget=UnfoldAdminSelectWidget()
    )
    prices = forms.CharField(
        label=gettext_lazy("Prices"),
        widget=UnfoldAdminTextareaWidget({"rows": 10, "placeholder": "TEA-500 39.90"}),
        help_text=gettext_lazy(
            "One SKU a line: its code, a space, the price in yuan; - instead of the price takes it away."
        ),
    )

    def clean_prices(self) -> list[tuple[str, int | None]]:
        """Return codes with prices in fen."""
        lines = [line.strip() for line in self.cleaned_data["prices"].splitlines() if line.strip()]
        if len(lines) > MOST:
            raise forms.ValidationError(_("At most %(limit)d lines at a time."), params={"limit": MOST})
        return [self._line(line) for line in lines]

    def _line(self, line: str) -> tuple[str, int | None]:
        code, _space, price = line.replace("\t", " ").rpartition(" ")
        if code.strip() and price == "-":
            return code.strip(), None
        try:
            fen = parse_yuan(price)
        except ValueError:
            fen = -1
        if not code.strip() or not 0 <= fen <= MAX_FEN:
            raise forms.ValidationError(_("Not a SKU code and a price: %(line)s"), params={"line": line[:60]})
        return code.strip(), fen


@admin.register(SkuTierPrice)
class SkuTierPriceAdmin(ReadOnlyAdmin):
    """What single SKUs cost a tier; where there is no price the tier's discount counts."""

    view_permission = VIEW_TIER
    nav_group = NavGroup.MEMBERS
    nav_icon = "sell"
    nav_order = 21
    list_display = (
        "sku_code",
        "product",
        yuan_column("base_price", gettext_lazy("Base price")),
        "tier",
        "price",
    )
    list_display_links = None
    list_filter = ("tier",)
    list_select_related = ("tier", "sku__product")
    search_fields = ("sku__code", "sku__product__title")
    search_help_text = gettext_lazy("SKU code or product title")
    ordering = ("sku__code", "tier__level")
    actions_list = ("set_prices",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SkuTierPrice]:
        """Read the base prices along."""
        rows: QuerySet[SkuTierPrice] = super().get_queryset(request)
        return rows.annotate(base_price=F("sku__price"))

    @admin.display(description=gettext_lazy("SKU code"))
    def sku_code(self, row: SkuTierPrice) -> str:
        """Show the code."""
        return row.sku.code

    @admin.display(description=gettext_lazy("Product"))
    def product(self, row: SkuTierPrice) -> str:
        """Show the title."""
        return row.sku.product.title

    @console_action(
        permission=EDIT_TIER,
        title=gettext_lazy("Set prices"),
        confirm=gettext_lazy("Counts for the next quote; orders keep the price they were placed at."),
        form=PricesForm,
        icon="edit",
    )
    def set_prices(self, request: HttpRequest, record: None, data: dict[str, Any]) -> str:
        """Set or take away prices of many SKUs at once."""
        count = set_sku_prices(actor=actor_of(request), tier_id=data["tier"].pk, prices=data["prices"])
        return ngettext("%(count)d price was set.", "%(count)d prices were set.", count) % {"count": count}
