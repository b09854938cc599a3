"""Payouts to members' WeChat."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from shop.core.console import (
    DayRangeFilter,
    actor_of,
    badge_column,
    console_action,
    masked_column,
)
from shop.core.masking import mask_identifier, mask_name
from shop.payments.admin.base import TroubleAdmin
from shop.payments.models import Transfer
from shop.payments.queries import transfers_for_staff
from shop.payments.services.requerying import query_transfer
from shop.payments.services.transfers import cancel_transfer, retry_refused_transfer

_STATE = badge_column(
    "state",
    gettext_lazy("State"),
    {"success": "success", "fail": "neutral", "cancelled": "neutral", "refused": "danger", "new": "info"},
)
_RECEIVER = masked_column("openid", pgettext_lazy("transfer", "Receiver"), mask_identifier)
_NAME = masked_column("user_name", gettext_lazy("Real name"), mask_name)


@admin.register(Transfer)
class TransferAdmin(TroubleAdmin):
    """Money to members."""

    waiting = staticmethod(transfers_for_staff)
    nav_icon = "send_money"
    nav_order = 30
    nav_hint = gettext_lazy("Payouts to members' WeChat, and those that need a person.")
    list_display = (
        "number",
        "owner_kind",
        "owner_number",
        _STATE,
        "amount",
        _RECEIVER,
        "last_answer",
        "created_at",
        "settled_at",
    )
    list_filter = ("state", "owner_kind", ("created_at", DayRangeFilter))
    search_fields = ("number", "owner_number", "transfer_bill_no")
    search_help_text = gettext_lazy("Transfer, payout or WeChat bill number")
    exclude = ("openid", "user_name", "package_info", "leased_until")
    readonly_fields = (_RECEIVER, _NAME)
    actions = ("ask_wechat", "retry_refused")
    actions_detail = ("ask_wechat", "retry_refused", "take_back")

    @console_action(permission="payments.query_payment", title=gettext_lazy("Ask WeChat now"), icon="sync")
    def ask_wechat(self, request: HttpRequest, transfer: Transfer, data: dict[str, Any]) -> str:
        """Ask, or send, instead of waiting for the job."""
        found = query_transfer(actor=actor_of(request), number=transfer.number)
        return _("%(number)s is: %(state)s") % {"number": found.number, "state": found.get_state_display()}

    @console_action(
        permission="payments.manage_transfer",
        title=gettext_lazy("Retry a refused transfer"),
        confirm=gettext_lazy("It goes out again under the same number."),
        icon="replay",
    )
    def retry_refused(self, request: HttpRequest, transfer: Transfer, data: dict[str, Any]) -> None:
        """WeChat did not take it, and the cause is gone."""
        retry_refused_transfer(actor=actor_of(request), number=transfer.number, reason=data["reason"])

    @console_action(
        permission="payments.manage_transfer",
        title=gettext_lazy("Take back"),
        confirm=gettext_lazy("The money returns once WeChat has agreed."),
        reason_required=True,
        icon="undo",
    )
    def take_back(self, request: HttpRequest, transfer: Transfer, data: dict[str, Any]) -> None:
        """Cancel what the member has not confirmed."""
        cancel_transfer(actor=actor_of(request), number=transfer.number, reason=data["reason"])
