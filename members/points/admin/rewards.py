"""What earns points and growth, and what orders will earn."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from members.points.models import PendingReward, RewardRule
from members.points.permissions import EDIT_RULE, VIEW_POINTS
from shop.core.console import DayRangeFilter, NavGroup, ReadOnlyAdmin, ShopModelAdmin, badge_column

_STATE = badge_column(
    "state",
    gettext_lazy("State"),
    {"pending": "info", "credited": "success", "cancelled": "neutral"},
)


@admin.register(RewardRule)
class RewardRuleAdmin(ShopModelAdmin):
    """One rule for each kind of deed; what has no rule in force earns nothing."""

    view_permission = VIEW_POINTS
    add_permission = EDIT_RULE
    change_permission = EDIT_RULE
    delete_permission = EDIT_RULE
    nav_group = NavGroup.MEMBERS
    nav_icon = "rule"
    nav_order = 63
    list_display = (
        "kind",
        "points",
        "growth",
        "per_fen",
        "times_per_day",
        "points_per_day",
        "growth_per_day",
        "is_active",
    )
    list_filter = ("is_active",)
    ordering = ("pk",)
    fieldsets = (
        (None, {"fields": ("kind", "points", "growth", "per_fen", "is_active")}),
        (
            gettext_lazy("Caps, by the calendar of Beijing"),
            {"fields": ("times_per_day", "points_per_day", "growth_per_day")},
        ),
    )


@admin.register(PendingReward)
class PendingRewardAdmin(ReadOnlyAdmin):
    """What orders earn: pending until they are completed, less what was refunded."""

    view_permission = VIEW_POINTS
    nav_group = NavGroup.MEMBERS
    nav_icon = "hourglass_top"
    nav_order = 62
    list_display = (
        "reference",
        "member",
        "points",
        "points_reversed",
        "points_missing",
        "growth",
        "growth_reversed",
        "growth_missing",
        _STATE,
        "created_at",
        "due_at",
    )
    list_display_links = None
    list_filter = ("state", ("created_at", DayRangeFilter))
    list_select_related = ("member",)
    search_fields = ("=reference", "=member__id")
    search_help_text = gettext_lazy("Order or member number")
    ordering = ("-pk",)
