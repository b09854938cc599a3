"""Holiday packs by calendar."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import ForeignKey, Model
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget

from members.gifts import check_gifts
from members.tiers.models import HolidayPack
from members.tiers.permissions import EDIT_TIER, VIEW_TIER
from members.tiers.services.issuing import gifts_of
from shop.core.console import DayRangeFilter, NavGroup, ShopModelAdmin


@admin.register(HolidayPack)
class HolidayPackAdmin(ShopModelAdmin):
    """What members of a tier are given on a day; each member once for each date."""

    view_permission = VIEW_TIER
    add_permission = change_permission = delete_permission = EDIT_TIER
    nav_group = NavGroup.MEMBERS
    nav_icon = "redeem"
    nav_order = 22
    list_display = ("day", "name", "tier", "money", "points", "growth")
    list_display_links = ("day", "name")
    list_filter = ("tier", ("day", DayRangeFilter))
    list_select_related = ("tier",)
    ordering = ("-day", "tier__level")
    fields = ("name", "day", "tier", "money", "points", "growth", "card")

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField | None:
        """Choose the tier from the few there are."""
        return super().formfield_for_foreignkey(
            db_field, request, **{**kwargs, "widget": UnfoldAdminSelectWidget()}
        )

    def save_model(self, request: HttpRequest, obj: Model, form: forms.ModelForm, change: bool) -> None:
        """Refuse gifts that no room of the shop gives, then save and record."""
        check_gifts(gifts_of(form.instance))
        super().save_model(request, obj, form, change)
