"""Nicknames and pictures that wait for a person."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from members.models import ProfileCheck
from members.permissions import REVIEW_PROFILE
from members.queries import checks_for_staff
from members.services.checks import decide_check
from shop.core.console import NavGroup, ReadOnlyAdmin, actor_of, badge_column, console_action

_STATE = badge_column(
    "state", gettext_lazy("State"), {"waiting": "neutral", "asked": "info", "review": "warning"}
)


@admin.register(ProfileCheck)
class ProfileCheckAdmin(ReadOnlyAdmin):
    """What WeChat's content security leaves to staff."""

    view_permission = REVIEW_PROFILE
    nav_group = NavGroup.MEMBERS
    nav_icon = "fact_check"
    nav_order = 20
    nav_hint = gettext_lazy("Nicknames and pictures that WeChat leaves to a person.")
    list_display = ("member", "field", "content", _STATE, "created_at")
    list_filter = ("state", "field")
    ordering = ("pk",)
    fields = ("member", "field", "content", _STATE, "attempts", "created_at")
    readonly_fields = fields
    list_select_related = ("member",)
    actions = ("show", "refuse")
    actions_detail = ("show", "refuse")

    def nav_badge(self, request: HttpRequest) -> int:
        """How many wait for a person."""
        return checks_for_staff().count()

    @admin.display(description=gettext_lazy("Content"))
    def content(self, check: ProfileCheck) -> str:
        """Show a nickname as text and a picture as a picture."""
        if check.field == ProfileCheck.Field.AVATAR:
            return format_html('<img src="{}" alt="" width="64" height="64">', check.value)
        return check.value

    @console_action(
        permission=REVIEW_PROFILE,
        title=gettext_lazy("Show it"),
        confirm=gettext_lazy("Other shoppers will see it."),
        icon="check",
    )
    def show(self, request: HttpRequest, check: ProfileCheck, data: dict[str, Any]) -> None:
        """It is fine."""
        decide_check(actor=actor_of(request), check_id=check.pk, approve=True, reason=data["reason"])

    @console_action(
        permission=REVIEW_PROFILE,
        title=gettext_lazy("Refuse it"),
        confirm=gettext_lazy("The member keeps what was shown before."),
        icon="block",
    )
    def refuse(self, request: HttpRequest, check: ProfileCheck, data: dict[str, Any]) -> None:
        """It is not."""
        decide_check(actor=actor_of(request), check_id=check.pk, approve=False, reason=data["reason"])
