"""Recharge packages."""

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from members.gifts import Gifts, check_gifts
from members.wallet.models import RechargePackage
from members.wallet.permissions import EDIT_PACKAGE, VIEW_WALLET
from shop.core.console import NavGroup, ShopModelAdmin


@admin.register(RechargePackage)
class RechargePackageAdmin(ShopModelAdmin):
    """What members can recharge, and what they get on top. Recharges keep the package as it was."""

    view_permission = VIEW_WALLET
    add_permission = EDIT_PACKAGE
    change_permission = EDIT_PACKAGE
    nav_group = NavGroup.MEMBERS
    nav_icon = "featured_seasonal_and_gifts"
    nav_order = 52
    list_display = ("name", "price", "gift_money", "gift_points", "gift_growth", "is_active", "position")
    list_filter = ("is_active",)
    ordering = ("position", "price", "id")
    fieldsets = (
        (None, {"fields": ("name", "price", "limit_per_member", "is_active", "position")}),
        (
            gettext_lazy("On top"),
            {"fields": ("gift_money", "gift_points", "gift_growth", "gift_card")},
        ),
    )

    def save_model(self, request: HttpRequest, obj: Model, form: forms.ModelForm, change: bool) -> None:
        """Refuse gifts that no room of the shop gives, then save and record."""
        data = form.cleaned_data
        check_gifts(Gifts(data["gift_money"], data["gift_points"], data["gift_growth"], data["gift_card"]))
        super().save_model(request, obj, form, change)
