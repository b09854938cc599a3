"""Members' tiers over time, gifts that were given, and the tier on the member's page."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldBooleanSwitchWidget,
)

from members.models import Member
from members.tiers.models import MemberTier, Tier, TierChange, TierIssue
from members.tiers.permissions import SET_TIER, VIEW_TIER
from members.tiers.services.granting import end_tier_by_hand, set_tier_by_hand
from shop.core.console import (
    ActionForm,
    DayRangeFilter,
    NavGroup,
    ReadOnlyAdmin,
    ReadOnlyInline,
    actor_of,
    console_action,
)

SHOWN = 20


class SetTierForm(ActionForm):
    """Which tier, until when, and whether exactly that one."""

    tier = forms.ModelChoiceField(
        label=gettext_lazy("Tier"),
        queryset=Tier.objects.filter(is_active=True).order_by("level"),
        widget=UnfoldAdminSelectWidget(),
    )
    until = forms.DateField(
        label=gettext_lazy("Until the end of"),
        required=False,
        widget=UnfoldAdminSingleDateWidget(),
        help_text=gettext_lazy("Empty: until somebody ends it."),
    )
    is_fixed = forms.BooleanField(
        label=gettext_lazy("Exactly this tier"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=gettext_lazy("Otherwise at least this tier; what the member earns may be higher."),
    )


class StandingInline(ReadOnlyInline):
    """Where the member stands on the ladder."""

    model = MemberTier
    view_permission = VIEW_TIER
    fields = ("tier", "source", "lapses_at", "lapses_to", "earned", "since", "keep_until")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[MemberTier]:
        """Read the tiers with it."""
        rows: QuerySet[MemberTier] = super().get_queryset(request)
        return rows.select_related("tier", "lapses_to", "earned")


class ChangeInline(ReadOnlyInline):
    """How the member's tier changed lately."""

    model = TierChange
    view_permission = VIEW_TIER
    fields = ("at", "before", "after", "reason", "note")
    readonly_fields = fields
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[TierChange]:
        """Only the latest ones of this member."""
        rows: QuerySet[TierChange] = super().get_queryset(request).select_related("before", "after")
        member = request.resolver_match.kwargs.get("object_id") if request.resolver_match else None
        if not str(member).isdigit():
            return rows.none()
        latest = TierChange.objects.filter(member_id=int(str(member))).order_by("-pk").values("pk")[:SHOWN]
        return rows.filter(pk__in=latest)


class TierActions:
    """The buttons of the member's page that concern the tier; part of its admin class."""

    @console_action(
        permission=SET_TIER,
        title=gettext_lazy("Set the tier"),
        confirm=gettext_lazy(
            "It replaces an earlier setting by hand and gives no gift for reaching the tier."
        ),
        reason_required=True,
        form=SetTierForm,
        icon="workspace_premium",
    )
    def set_tier(self, request: HttpRequest, member: Member, data: dict[str, Any]) -> str:
        """Give the member a tier by decision."""
        row = set_tier_by_hand(
            actor=actor_of(request),
            member_id=member.pk,
            tier_id=data["tier"].pk,
            until=data["until"],
            is_fixed=data["is_fixed"],
            reason=data["reason"],
        )
        return _("The member's tier is %(tier)s now.") % {"tier": row.tier.name}

    @console_action(
        permission=SET_TIER,
        title=gettext_lazy("End the tier set by hand"),
        confirm=gettext_lazy("What the member earned, or a member card gives, counts again."),
        reason_required=True,
        icon="undo",
    )
    def end_tier(self, request: HttpRequest, member: Member, data: dict[str, Any]) -> str:
        """End the decision."""
        row = end_tier_by_hand(actor=actor_of(request), member_id=member.pk, reason=data["reason"])
        return _("The member's tier is %(tier)s now.") % {"tier": row.tier.name}


@admin.register(TierChange)
class TierChangeAdmin(ReadOnlyAdmin):
    """Every change of every member's tier."""

    view_permission = VIEW_TIER
    nav_group = NavGroup.MEMBERS
    nav_icon = "trending_up"
    nav_order = 23
    list_display = ("at", "member", "before", "after", "reason", "note")
    list_display_links = None
    list_filter = ("reason", "after", ("at", DayRangeFilter))
    list_select_related = ("member", "before", "after")
    search_fields = ("=member__id",)
    search_help_text = gettext_lazy("Member number")
    ordering = ("-pk",)


@admin.register(TierIssue)
class TierIssueAdmin(ReadOnlyAdmin):
    """Every gift that tiers gave."""

    view_permission = VIEW_TIER
    nav_group = NavGroup.MEMBERS
    nav_icon = "celebration"
    nav_order = 24
    list_display = ("at", "member", "kind", "occasion", "tier", "money", "points", "growth", "card")
    list_display_links = None
    list_filter = ("kind", "tier", ("at", DayRangeFilter))
    list_select_related = ("member", "tier")
    search_fields = ("=member__id",)
    search_help_text = gettext_lazy("Member number")
    ordering = ("-pk",)
