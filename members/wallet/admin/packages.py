"""Recharge packages."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Field, Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from members.cards.models import MemberCard
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

    def formfield_for_dbfield(
        self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        """Let a card be chosen by its name."""
        if db_field.name != "gift_card":
            field: forms.Field | None = super().formfield_for_dbfield(db_field, request, **kwargs)
            return field
        cards = MemberCard.objects.order_by("position", "id").values_list("pk", "name")
        return forms.TypedChoiceField(
            label=gettext_lazy("Gift card"),
            choices=[("", "---------"), *cards],
            coerce=int,
            empty_value=None,
            required=False,
            widget=UnfoldAdminSelectWidget(),
        )

    def save_model(self, request: HttpRequest, obj: Model, form: forms.ModelForm, change: bool) -> None:
        """Refuse gifts that no room of the shop gives, then save and record."""
        data = form.cleaned_data
        check_gifts(Gifts(data["gift_money"], data["gift_points"], data["gift_growth"], data["gift_card"]))
        super().save_model(request, obj, form, change)
