"""Whose cards run when, and the cards on the member's page."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from members.cards.models import CardUse, MemberCardPeriod
from members.cards.permissions import VIEW_CARDS
from shop.core.console import DayRangeFilter, NavGroup, ReadOnlyAdmin, ReadOnlyInline, yuan_column

_DISCOUNT = yuan_column("discount", gettext_lazy("Discount"))
_GIFT = yuan_column("gift_money", gettext_lazy("Gift money"))


class UseInline(ReadOnlyInline):
    """The orders that the card made cheaper."""

    model = CardUse
    view_permission = VIEW_CARDS
    fields = ("order_number", _DISCOUNT, "at", "returned_at")
    readonly_fields = fields
    ordering = ("-pk",)


class PeriodInline(ReadOnlyInline):
    """The member's cards."""

    model = MemberCardPeriod
    view_permission = VIEW_CARDS
    fields = ("card_name", "source", "starts_at", "ends_at", "ended_at", _GIFT)
    readonly_fields = fields
    ordering = ("-pk",)


@admin.register(MemberCardPeriod)
class MemberCardPeriodAdmin(ReadOnlyAdmin):
    """From when to when members have cards."""

    view_permission = VIEW_CARDS
    nav_group = NavGroup.MEMBERS
    nav_icon = "date_range"
    nav_order = 62
    list_display = (
        "card_name",
        "member",
        "source",
        "discount_permille",
        "starts_at",
        "ends_at",
        "ended_at",
    )
    list_filter = ("source", "kind", ("starts_at", DayRangeFilter), ("ends_at", DayRangeFilter))
    list_select_related = ("member",)
    search_fields = ("=member__id", "=reference")
    search_help_text = gettext_lazy("Member or purchase number")
    ordering = ("-pk",)
    fields = (
        "card_name",
        "member",
        "kind",
        "source",
        "reference",
        "discount_permille",
        "tier",
        "gift_money",
        "starts_at",
        "ends_at",
        "ended_at",
        "end_reason",
        "reminded_at",
        "created_at",
    )
    inlines = (UseInline,)
