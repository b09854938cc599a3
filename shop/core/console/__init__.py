"""Base classes of every console page: what an app's ``admin.py`` imports, and nothing else.

A model page::

    @admin.register(Refund)
    class RefundAdmin(ReadOnlyAdmin):
        view_permission = "payments.view_payments"
        nav_group = NavGroup.FINANCE
        nav_icon = "currency_exchange"
        list_display = ("number", "amount", "state", "created_at")  # a FenField shows as yuan
        actions = ("retry",)         # bulk, with a confirmation and a report
        actions_detail = ("retry",)  # the same action on the record's own page

        @console_action(permission="payments.retry_refund", title=_("Retry"), reason_required=True)
        def retry(self, request, refund, data):
            services.retry_refund(actor=actor_of(request), number=refund.number, reason=data["reason"])

Whoever lacks the permission neither sees the page nor the button, and gets 403 when asking anyway.
"""

from shop.core.console.access import actor_of, may
from shop.core.console.actions import console_action
from shop.core.console.admin import ReadOnlyAdmin, ReadOnlyInline, ShopInline, ShopModelAdmin
from shop.core.console.columns import (
    badge_column,
    badge_html,
    json_column,
    masked_column,
    money_html,
    money_text,
    words_column,
    yuan_column,
)
from shop.core.console.filters import DayRangeFilter, YuanRangeFilter
from shop.core.console.forms import ActionForm, ConfirmForm, YuanField
from shop.core.console.navigation import NavGroup
from shop.core.console.pages import ConsolePage, console_page, console_pages
from shop.core.console.paging import BoundedPaginator
from shop.core.console.panels import Panel, PanelItem, panel
from shop.core.console.refusals import refusal_text

__all__ = [
    "ActionForm",
    "BoundedPaginator",
    "ConfirmForm",
    "ConsolePage",
    "DayRangeFilter",
    "NavGroup",
    "Panel",
    "PanelItem",
    "ReadOnlyAdmin",
    "ReadOnlyInline",
    "ShopInline",
    "ShopModelAdmin",
    "YuanField",
    "YuanRangeFilter",
    "actor_of",
    "badge_column",
    "badge_html",
    "console_action",
    "console_page",
    "console_pages",
    "json_column",
    "masked_column",
    "may",
    "money_html",
    "money_text",
    "panel",
    "refusal_text",
    "words_column",
    "yuan_column",
]
