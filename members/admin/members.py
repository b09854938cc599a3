"""Members, with personal data masked."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from members.cards.admin.periods import PeriodInline
from members.models import Address, Consent, Member, MemberFacts, Touch, WechatIdentity
from members.permissions import CLOSE, REVEAL, VIEW
from members.points.admin.entries import AdjustPointsForm, GrowthInline, LotInline, PointsInline
from members.points.permissions import ADJUST_POINTS
from members.points.services.adjusting import request_adjustment as request_points_adjustment
from members.queries import members_by_phone
from members.rules import normalise_phone
from members.services.closing import close_account
from members.tiers.admin.history import ChangeInline, StandingInline, TierActions
from members.wallet.admin.entries import AdjustForm, GiftInline, PrincipalInline
from members.wallet.permissions import ADJUST_WALLET
from members.wallet.services.adjusting import request_adjustment
from shop.core.console import (
    DayRangeFilter,
    NavGroup,
    ReadOnlyAdmin,
    ReadOnlyInline,
    actor_of,
    badge_column,
    console_action,
    masked_column,
)
from shop.core.crypto import mask_address, mask_identifier, mask_name, mask_phone

_STATE = badge_column("state", gettext_lazy("State"), {"active": "success", "closed": "neutral"})
_PHONE = masked_column("phone", gettext_lazy("Phone"), mask_phone)
_RECEIVER = masked_column("receiver", gettext_lazy("Receiver"), mask_name)
_DETAIL = masked_column("detail", gettext_lazy("Detail"), mask_address)
_OPENID = masked_column("openid", gettext_lazy("openid"), mask_identifier)
TOUCHES_SHOWN = 20


class FactsInline(ReadOnlyInline):
    """What the member has paid so far."""

    model = MemberFacts
    view_permission = VIEW
    fields = ("orders_paid", "total_spent", "first_paid_at", "last_paid_at")
    readonly_fields = fields


class IdentityInline(ReadOnlyInline):
    """The WeChat accounts behind the member."""

    model = WechatIdentity
    view_permission = VIEW
    fields = ("appid", _OPENID, "created_at")
    readonly_fields = fields


class AddressInline(ReadOnlyInline):
    """The address book, masked."""

    model = Address
    view_permission = VIEW
    fields = (_RECEIVER, _PHONE, "province", "city", "district", _DETAIL, "is_default")
    readonly_fields = fields


class ConsentInline(ReadOnlyInline):
    """What the member agreed to."""

    model = Consent
    view_permission = VIEW
    fields = ("agreement", "at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Consent]:
        """Read the documents with the consents."""
        rows: QuerySet[Consent] = super().get_queryset(request).select_related("agreement")
        return rows


class TouchInline(ReadOnlyInline):
    """How the member came here lately."""

    model = Touch
    view_permission = VIEW
    fields = ("at", "promoter", "scene", "invite", "channel")
    readonly_fields = fields
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Touch]:
        """Only the latest ones of this member: a record page must not grow for ever."""
        rows: QuerySet[Touch] = super().get_queryset(request)
        member = request.resolver_match.kwargs.get("object_id") if request.resolver_match else None
        if not str(member).isdigit():
            return rows.none()
        latest = Touch.objects.filter(member_id=int(str(member))).order_by("-pk").values("pk")[:TOUCHES_SHOWN]
        return rows.filter(pk__in=latest)


@admin.register(Member)
class MemberAdmin(TierActions, ReadOnlyAdmin):
    """Shoppers."""

    view_permission = VIEW
    nav_group = NavGroup.MEMBERS
    nav_icon = "group"
    nav_order = 10
    list_display = ("id", "nickname", _PHONE, _STATE, "created_at", "last_seen_at")
    list_display_links = ("id", "nickname")
    list_filter = ("state", "gender", ("created_at", DayRangeFilter))
    search_fields = ("nickname",)
    search_help_text = gettext_lazy("Member number, whole phone number, or part of the nickname")
    ordering = ("-pk",)
    fields = (
        "nickname",
        "avatar",
        _PHONE,
        "gender",
        "birthday_year",
        _STATE,
        "created_at",
        "last_seen_at",
        "closed_at",
    )
    readonly_fields = fields
    inlines = (
        FactsInline,
        StandingInline,
        ChangeInline,
        PrincipalInline,
        GiftInline,
        PointsInline,
        GrowthInline,
        LotInline,
        PeriodInline,
        IdentityInline,
        AddressInline,
        ConsentInline,
        TouchInline,
    )
    actions_detail = ("reveal", "adjust_wallet", "adjust_points", "set_tier", "end_tier", "close")

    @admin.display(description=gettext_lazy("Year of birth"))
    def birthday_year(self, member: Member) -> str:
        """Show the year only; the day is personal."""
        return str(member.birthday.year) if member.birthday else "-"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Member], search_term: str
    ) -> tuple[QuerySet[Member], bool]:
        """Find a whole phone number by its keyed hash, a member by number, anybody by nickname."""
        term = search_term.strip()
        found, distinct = super().get_search_results(request, queryset, term)
        if normalise_phone(term) is not None:
            found = found | queryset.filter(pk__in=members_by_phone(term).values("pk"))
        if term.isascii() and term.isdigit() and len(term) < 19:
            found = found | queryset.filter(pk=int(term))
        return found, distinct

    @action(description=gettext_lazy("Show in clear"), url_path="reveal", icon="visibility")  # type: ignore[untyped-decorator]
    def reveal(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lead to the page that asks for a reason and then shows phone and addresses."""
        return redirect(reverse("admin:reveal_member", args=[object_id]))

    reveal.console_permission = REVEAL

    @console_action(
        permission=ADJUST_WALLET,
        title=gettext_lazy("Adjust wallet"),
        confirm=gettext_lazy("A second person must confirm it."),
        reason_required=True,
        form=AdjustForm,
        icon="account_balance_wallet",
    )
    def adjust_wallet(self, request: HttpRequest, member: Member, data: dict[str, Any]) -> str:
        """Ask a second person to change principal or gift money."""
        request_adjustment(
            actor=actor_of(request),
            member_id=member.pk,
            account=data["account"],
            amount=data["amount"],
            reason=data["reason"],
        )
        return _("A second person must confirm this adjustment.")

    @console_action(
        permission=ADJUST_POINTS,
        title=gettext_lazy("Adjust points"),
        confirm=gettext_lazy("A second person must confirm it."),
        reason_required=True,
        form=AdjustPointsForm,
        icon="stars",
    )
    def adjust_points(self, request: HttpRequest, member: Member, data: dict[str, Any]) -> str:
        """Ask a second person to change points or growth."""
        request_points_adjustment(
            actor=actor_of(request),
            member_id=member.pk,
            account=data["account"],
            amount=data["amount"],
            reason=data["reason"],
        )
        return _("A second person must confirm this adjustment.")

    @console_action(
        permission=CLOSE,
        title=gettext_lazy("Close account"),
        confirm=gettext_lazy(
            "At the member's own wish only. Personal data is overwritten; nobody can undo it."
        ),
        reason_required=True,
        icon="person_off",
    )
    def close(self, request: HttpRequest, member: Member, data: dict[str, Any]) -> str:
        """Close it as the member would."""
        close_account(actor=actor_of(request), member_id=member.pk, reason=data["reason"])
        return _("The account is closed.")
