"""Points and growth: balances, every movement, and both on the member's page."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from members.points.models import GrowthAccount, GrowthEntry, PointsAccount, PointsEntry, PointsLot
from members.points.permissions import VIEW_POINTS
from members.points.services.adjusting import GROWTH, MOST, POINTS
from members.points.wording import reason_text
from shop.core.console import ActionForm, DayRangeFilter, NavGroup, ReadOnlyAdmin, ReadOnlyInline

_MAX_ID_DIGITS = 18
_ACCOUNTS = ((POINTS, gettext_lazy("points")), (GROWTH, gettext_lazy("growth")))


class AdjustPointsForm(ActionForm):
    """Points or growth, and by how much; a minus takes away."""

    account = forms.ChoiceField(
        label=gettext_lazy("Balance"), choices=_ACCOUNTS, widget=UnfoldAdminSelectWidget()
    )
    amount = forms.IntegerField(
        label=gettext_lazy("How many"),
        min_value=-MOST,
        max_value=MOST,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text=gettext_lazy("With a minus they are taken away."),
    )


class PointsInline(ReadOnlyInline):
    """The member's points."""

    model = PointsAccount
    view_permission = VIEW_POINTS
    fields = ("balance",)
    readonly_fields = fields


class GrowthInline(ReadOnlyInline):
    """The member's growth."""

    model = GrowthAccount
    view_permission = VIEW_POINTS
    fields = ("balance",)
    readonly_fields = fields


class LotInline(ReadOnlyInline):
    """Points that the member still has, by when they expire."""

    model = PointsLot
    view_permission = VIEW_POINTS
    fields = ("source_words", "amount", "left", "expires_at", "created_at")
    readonly_fields = fields
    ordering = ("expires_at", "pk")
    verbose_name_plural = gettext_lazy("Points by expiry")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PointsLot]:
        """Only what is left: spent lots would make the page grow for ever."""
        rows: QuerySet[PointsLot] = super().get_queryset(request)
        return rows.filter(left__gt=0)

    @admin.display(description=gettext_lazy("Reason"))
    def source_words(self, lot: PointsLot) -> str:
        """Show why they were given, in words."""
        return reason_text(lot.source)


class _EntryAdmin(ReadOnlyAdmin):
    view_permission = VIEW_POINTS
    nav_group = NavGroup.MEMBERS
    list_display = ("created_at", "account", "reason_words", "change", "balance_after", "about", "memo")
    fields = ("created_at", "account", "reason_words", "change", "balance_after", "about", "memo")
    readonly_fields = fields
    list_display_links = None
    list_filter = (("created_at", DayRangeFilter),)
    list_select_related = ("account__member",)
    search_fields = ("reference",)
    search_help_text = gettext_lazy("Member number, or the whole number of an order")
    ordering = ("-pk",)

    @admin.display(description=gettext_lazy("Reason"))
    def reason_words(self, entry: Any) -> str:
        """Show why in words."""
        return reason_text(entry.reason)

    @admin.display(description=gettext_lazy("reference"))
    def about(self, entry: Any) -> str:
        """Show for what; deeds that happen once have nothing but their own code to name."""
        return "" if entry.reference == entry.reason else str(entry.reference)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Model], search_term: str
    ) -> tuple[QuerySet[Model], bool]:
        """Find a member's entries, or those of one number: exactly, because nobody searches by half of it."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if term.isascii() and term.isdigit() and len(term) <= _MAX_ID_DIGITS:
            return queryset.filter(account_id=int(term)), False
        return queryset.filter(reference=term), False


@admin.register(PointsEntry)
class PointsEntryAdmin(_EntryAdmin):
    """The movements of points."""

    nav_icon = "stars"
    nav_order = 60

    @admin.display(description=gettext_lazy("Points"), ordering="amount")
    def change(self, entry: PointsEntry) -> int:
        """Show how many points came or went: they are no money."""
        return entry.amount


@admin.register(GrowthEntry)
class GrowthEntryAdmin(_EntryAdmin):
    """The movements of growth."""

    nav_icon = "trending_up"
    nav_order = 61

    @admin.display(description=gettext_lazy("Growth"), ordering="amount")
    def change(self, entry: GrowthEntry) -> int:
        """Show how much growth came or went."""
        return entry.amount


@admin.register(PointsAccount)
class PointsAccountAdmin(ReadOnlyAdmin):
    """Who has how many points."""

    view_permission = VIEW_POINTS
    nav_group = NavGroup.MEMBERS
    nav_icon = "loyalty"
    nav_order = 59
    list_display = ("member", "balance", "growth")
    list_display_links = None
    list_select_related = ("member__growthaccount",)
    search_fields = ("=member__id",)
    search_help_text = gettext_lazy("Member number")
    ordering = ("-balance", "-pk")

    @admin.display(description=gettext_lazy("Growth"))
    def growth(self, account: PointsAccount) -> int:
        """Show the member's growth beside the points."""
        found = getattr(account.member, "growthaccount", None)
        return 0 if found is None else found.balance
