"""WeChat's bills and our cash ledger."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from shop.core.console import DayRangeFilter, NavGroup, ReadOnlyAdmin, badge_column, yuan_column
from shop.payments.models import BillFile, CashEntry

_STATE = badge_column(
    "state", gettext_lazy("State"), {"wanted": "info", "stored": "success", "empty": "neutral"}
)


@admin.register(BillFile)
class BillAdmin(ReadOnlyAdmin):
    """Daily bills as WeChat gave them."""

    view_permission = "payments.view_payment"
    nav_group = NavGroup.FINANCE
    nav_icon = "receipt_long"
    nav_order = 60
    list_display = ("day", "kind", _STATE, "rows", "size", "last_answer", "fetched_at")
    list_filter = ("kind", "state")
    date_hierarchy = "day"
    ordering = ("-day", "kind")


@admin.register(CashEntry)
class CashEntryAdmin(ReadOnlyAdmin):
    """What WeChat holds for us, entry by entry."""

    view_permission = "payments.view_payment"
    nav_group = NavGroup.FINANCE
    nav_icon = "account_balance"
    nav_order = 50
    list_display = (
        "created_at",
        "account",
        "reason",
        "reference",
        yuan_column("amount", gettext_lazy("Amount")),
        yuan_column("balance_after", gettext_lazy("Balance")),
    )
    list_filter = ("reason", ("created_at", DayRangeFilter))
    list_select_related = ("account",)
    search_fields = ("reference",)
    ordering = ("-pk",)
