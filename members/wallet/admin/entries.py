"""Every movement of every wallet, and the wallet on the member's page."""

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from members.wallet.models import WalletEntry, WalletGift, WalletPrincipal
from members.wallet.models.entry import ACCOUNTS
from members.wallet.permissions import VIEW_WALLET
from members.wallet.wording import reason_text
from shop.core.console import (
    ActionForm,
    DayRangeFilter,
    NavGroup,
    ReadOnlyAdmin,
    ReadOnlyInline,
    YuanField,
    yuan_column,
)

_MAX_ID_DIGITS = 18
_PRINCIPAL = yuan_column("balance", gettext_lazy("Principal"))
_GIFT = yuan_column("balance", gettext_lazy("Gift money"))


class AdjustForm(ActionForm):
    """Which balance changes by how much; a minus takes away."""

    account = forms.ChoiceField(
        label=gettext_lazy("Balance"), choices=ACCOUNTS, widget=UnfoldAdminSelectWidget()
    )
    amount = YuanField(
        label=gettext_lazy("Amount in yuan"), help_text=gettext_lazy("With a minus it is taken away.")
    )


class PrincipalInline(ReadOnlyInline):
    """What the member paid in and still has."""

    model = WalletPrincipal
    view_permission = VIEW_WALLET
    fields = (_PRINCIPAL,)
    readonly_fields = fields


class GiftInline(ReadOnlyInline):
    """What the shop gave and the member still has."""

    model = WalletGift
    view_permission = VIEW_WALLET
    fields = (_GIFT,)
    readonly_fields = fields


@admin.register(WalletEntry)
class WalletEntryAdmin(ReadOnlyAdmin):
    """The movements of principal and gift money."""

    view_permission = VIEW_WALLET
    nav_group = NavGroup.MEMBERS
    nav_icon = "account_balance_wallet"
    nav_order = 50
    list_display = (
        "created_at",
        "member",
        "account",
        "reason_words",
        "amount",
        "balance_after",
        "reference",
        "memo",
    )
    list_display_links = None
    worded = {"reason": "reason_words"}
    list_filter = ("account", ("created_at", DayRangeFilter))
    list_select_related = ("member",)
    search_fields = ("reference",)
    search_help_text = gettext_lazy("Member number, or the whole number of a payment, refund or recharge")
    ordering = ("-created_at", "-id")

    @admin.display(description=gettext_lazy("Reason"))
    def reason_words(self, entry: WalletEntry) -> str:
        """Show why in words."""
        return reason_text(entry.reason)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[WalletEntry], search_term: str
    ) -> tuple[QuerySet[WalletEntry], bool]:
        """Find a member's entries, or those of one number: exactly, because nobody searches by half of it."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if term.isascii() and term.isdigit() and len(term) <= _MAX_ID_DIGITS:
            return queryset.filter(member_id=int(term)), False
        return queryset.filter(reference=term), False
