"""What an invitation earns, and who brought whom."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy

from members.rewards.models import Invitation, InviteReward
from members.rewards.permissions import EDIT_REWARDS, VIEW_REWARDS
from members.rewards.queries import chain_of
from shop.core.console import (
    BoundedPaginator,
    DayRangeFilter,
    NavGroup,
    ReadOnlyAdmin,
    ShopModelAdmin,
    badge_column,
)

_STATE = badge_column(
    "state",
    gettext_lazy("State"),
    {
        "waiting": "info",
        "rewarded": "success",
        "capped": "warning",
        "recorded": "neutral",
        "known": "warning",
        "reversed": "danger",
    },
)


@admin.register(InviteReward)
class InviteRewardAdmin(ShopModelAdmin):
    """What each of both gets. On top comes the earning rule of invitations, for the inviter."""

    view_permission = VIEW_REWARDS
    add_permission = EDIT_REWARDS
    change_permission = EDIT_REWARDS
    delete_permission = EDIT_REWARDS
    nav_group = NavGroup.MEMBERS
    nav_icon = "redeem"
    nav_order = 72
    list_display = ("side", "points", "growth", "money")
    fields = ("side", "points", "growth", "money")


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Every newcomer with the member who brought them."""

    view_permission = VIEW_REWARDS
    nav_group = NavGroup.MEMBERS
    nav_icon = "person_add"
    nav_order = 73
    paginator = BoundedPaginator
    list_display = (
        "newcomer",
        "inviter",
        _STATE,
        "condition",
        "inviter_points",
        "inviter_money",
        "newcomer_points",
        "newcomer_money",
        "created_at",
        "counted_at",
    )
    list_filter = ("state", "condition", ("created_at", DayRangeFilter))
    list_select_related = ("inviter", "newcomer")
    search_fields = ("=inviter__id", "=newcomer__id", "=order")
    search_help_text = gettext_lazy("Number of the inviter, the newcomer or the order")
    ordering = ("-pk",)
    fields = (
        "newcomer",
        "inviter",
        "chain",
        _STATE,
        "condition",
        "order",
        "inviter_points",
        "inviter_growth",
        "inviter_money",
        "newcomer_points",
        "newcomer_growth",
        "newcomer_money",
        "created_at",
        "counted_at",
        "reversed_at",
    )
    readonly_fields = (_STATE, "chain")

    @admin.display(description=gettext_lazy("Brought by, and who brought them"))
    def chain(self, invitation: Invitation) -> str:
        """Show the chain of inviters up to the first, each a link to the member."""
        links = (
            (reverse("admin:members_member_change", args=[member_id]), member_id)
            for member_id in chain_of(invitation.newcomer_id)
        )
        return format_html("{}", format_html_join(" ← ", '<a href="{}">#{}</a>', links))
