"""Tiers, with everything they give on one page."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.forms import BaseModelFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from members.gifts import check_gifts
from members.tiers.models import Tier, TierGift
from members.tiers.permissions import EDIT_TIER, VIEW_TIER
from members.tiers.services.issuing import gifts_of
from members.tiers.wording import benefits_of
from shop.core import audit, clock
from shop.core.console import NavGroup, ShopInline, ShopModelAdmin, actor_of


class TierGiftInline(ShopInline):
    """What members of the tier are given, and when."""

    model = TierGift
    view_permission = VIEW_TIER
    add_permission = change_permission = delete_permission = EDIT_TIER
    fields = ("occasion", "money", "points", "growth", "card")
    max_num = len(TierGift.Occasion.choices)


@admin.register(Tier)
class TierAdmin(ShopModelAdmin):
    """The ladder. A tier is taken out of force instead of deleted: members' histories name it."""

    view_permission = VIEW_TIER
    add_permission = change_permission = EDIT_TIER
    nav_group = NavGroup.MEMBERS
    nav_icon = "workspace_premium"
    nav_order = 20
    list_display = (
        "level",
        "name",
        "from_growth",
        "from_spent",
        "from_orders",
        "keep_months",
        "benefits",
        "is_active",
    )
    list_display_links = ("level", "name")
    ordering = ("level",)
    inlines = (TierGiftInline,)
    fieldsets = (
        (None, {"fields": ("name", "level", "is_active", "description", "image")}),
        (
            gettext_lazy("How it is reached"),
            {
                "fields": ("from_growth", "from_spent", "from_orders"),
                "description": gettext_lazy(
                    "Any one figure suffices. With none a tier is had only by a card or by hand; the lowest"
                    " tier needs none."
                ),
            },
        ),
        (
            gettext_lazy("How long it is kept"),
            {"fields": ("keep_months", "keep_growth", "keep_spent", "keep_orders", "grace_days")},
        ),
        (
            gettext_lazy("What it gives"),
            {
                "fields": (
                    "discount_permille",
                    "free_shipping",
                    "free_shipping_times",
                    "points_permille",
                    "early_access_minutes",
                    "service_contact",
                )
            },
        ),
        (
            gettext_lazy("Member day"),
            {
                "fields": (
                    "member_day",
                    "member_day_number",
                    "member_day_discount_permille",
                    "member_day_points_permille",
                )
            },
        ),
    )

    @admin.display(description=gettext_lazy("Benefits"))
    def benefits(self, tier: Tier) -> str:
        """Show in words what the tier gives by itself."""
        return " · ".join(benefit.text for benefit in benefits_of(tier, (), has_prices=False)) or "-"

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Members' standings count in levels: a tier keeps its own."""
        return ("level",) if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: Tier, form: forms.ModelForm, change: bool) -> None:
        """Save and record; everybody is then looked at anew."""
        obj.changed_at = clock.now()
        super().save_model(request, obj, form, change)

    def save_formset(
        self, request: HttpRequest, form: forms.ModelForm, formset: "BaseModelFormSet[Any, Any]", change: bool
    ) -> None:
        """Refuse gifts that no room of the shop gives, then save and record what changed."""
        if not formset.has_changed():
            super().save_formset(request, form, formset, change)
            return
        for row in formset.forms:
            if row not in formset.deleted_forms and row.has_changed():
                check_gifts(gifts_of(row.instance))
        before = _gifts(form.instance)
        super().save_formset(request, form, formset, change)
        audit.record(
            actor=actor_of(request),
            action=EDIT_TIER,
            subject=form.instance,
            before={"gifts": before},
            after={"gifts": _gifts(form.instance)},
        )


def _gifts(tier: Tier) -> list[dict[str, Any]]:
    rows = TierGift.objects.filter(tier=tier).values("occasion", "money", "points", "growth", "card")
    return [dict(row) for row in rows]
