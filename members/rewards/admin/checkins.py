"""What a streak earns, and who checked in when."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from members.rewards.models import CheckIn, CheckInReward
from members.rewards.permissions import EDIT_REWARDS, VIEW_REWARDS
from shop.core.console import BoundedPaginator, DayRangeFilter, NavGroup, ReadOnlyAdmin, ShopModelAdmin


@admin.register(CheckInReward)
class CheckInRewardAdmin(ShopModelAdmin):
    """The days of the cycle. On top comes the earning rule of check-in, if one is in force."""

    view_permission = VIEW_REWARDS
    add_permission = EDIT_REWARDS
    change_permission = EDIT_REWARDS
    delete_permission = EDIT_REWARDS
    nav_group = NavGroup.MEMBERS
    nav_icon = "event_repeat"
    nav_order = 70
    list_display = ("day", "points", "growth", "money")
    ordering = ("day",)
    fields = ("day", "points", "growth", "money")


@admin.register(CheckIn)
class CheckInAdmin(ReadOnlyAdmin):
    """Every check-in, newest first."""

    view_permission = VIEW_REWARDS
    nav_group = NavGroup.MEMBERS
    nav_icon = "event_available"
    nav_order = 71
    paginator = BoundedPaginator
    list_display = (
        "created_at",
        "member",
        "day",
        "streak",
        "points",
        "growth",
        "money",
        "is_made_up",
        "cost",
    )
    list_display_links = None
    list_filter = ("is_made_up", ("created_at", DayRangeFilter))
    list_select_related = ("member",)
    search_fields = ("=member__id",)
    search_help_text = gettext_lazy("Member number")
    ordering = ("-created_at", "-id")
