"""WeChat's bills and our cash ledger."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from shop.core.console import DayRangeFilter, badge_column, words_column, yuan_column
from shop.payments.admin.base import MoneyAdmin, words_filter
from shop.payments.models import BillFile, CashEntry
from shop.payments.wording import CASH_REASONS

_STATE = badge_column(
    "state", gettext_lazy("State"), {"wanted": "info", "stored": "success", "empty": "neutral"}
)
_REASON = words_column("reason", gettext_lazy("Reason"), CASH_REASONS)
_AMOUNT = yuan_column("amount", gettext_lazy("Amount"))
_BALANCE = yuan_column("balance_after", gettext_lazy("Balance"))


@admin.register(BillFile)
class BillAdmin(MoneyAdmin):
    """Daily bills as WeChat gave them."""

    nav_icon = "receipt_long"
    nav_order = 60
    list_display = ("day", "kind", _STATE, "rows", "size", "last_answer", "fetched_at")
    list_filter = ("kind", "state")
    date_hierarchy = "day"
    ordering = ("-day", "kind")


@admin.register(CashEntry)
class CashEntryAdmin(MoneyAdmin):
    """What WeChat holds for us, entry by entry."""

    fields = ("created_at", "merchant", _REASON, "reference", _AMOUNT, _BALANCE, "memo")
    readonly_fields = fields
    nav_icon = "account_balance"
    nav_order = 50
    list_display = (
        "created_at",
        "merchant",
        _REASON,
        "reference",
        _AMOUNT,
        _BALANCE,
    )
    list_filter = (
        words_filter("reason", gettext_lazy("Reason"), CASH_REASONS),
        ("created_at", DayRangeFilter),
    )
    list_select_related = ("account",)
    search_fields = ("reference",)

    @admin.display(description=gettext_lazy("Merchant account"), ordering="account")
    def merchant(self, entry: CashEntry) -> str:
        """Name the merchant number at WeChat."""
        return str(entry.account)
