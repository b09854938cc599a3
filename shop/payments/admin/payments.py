"""Payments and the numbers under which WeChat knows them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from shop.core.console import (
    DayRangeFilter,
    ReadOnlyInline,
    YuanField,
    actor_of,
    badge_column,
    console_action,
    words_column,
)
from shop.payments.admin.base import VIEW, MoneyAdmin, PayerReasonForm, words_filter
from shop.payments.models import Payment, PaymentAttempt, Refund
from shop.payments.services.refunds import request_refund
from shop.payments.services.requerying import query_payment
from shop.payments.wording import PAYABLE_KINDS, REFUND_REASONS

_STATE = badge_column(
    "state",
    gettext_lazy("State"),
    {"open": "info", "closing": "warning", "paid": "success", "closed": "neutral"},
)
_DISPOSITION = badge_column(
    "disposition",
    gettext_lazy("Outcome"),
    {
        "kept": "success",
        "held": "info",
        "late": "warning",
        "duplicate": "warning",
        "unmatched": "danger",
        "returned": "neutral",
    },
)
_REASON = words_column("reason", gettext_lazy("Reason"), REFUND_REASONS)
_PAID_FOR = words_column("payable_kind", gettext_lazy("Paid for"), PAYABLE_KINDS)
_KIND_FILTER = words_filter("payable_kind", gettext_lazy("Paid for"), PAYABLE_KINDS)
_ATTEMPT_STATE = badge_column(
    "state",
    gettext_lazy("State"),
    {
        "open": "info",
        "sending": "warning",
        "paid": "success",
        "refused": "danger",
        "abandoned": "danger",
        "disputed": "danger",
    },
)


class RefundForm(PayerReasonForm):
    """How much goes back; pressing twice with the same word is one refund."""

    amount = YuanField(label=gettext_lazy("Amount in yuan"), min_fen=1)
    reference = forms.CharField(
        label=gettext_lazy("Your reference"),
        max_length=64,
        widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("The same reference again is the same refund, never a second one."),
    )


class AttemptInline(ReadOnlyInline):
    """Every number that was tried for the payment."""

    model = PaymentAttempt
    view_permission = VIEW
    fields = (
        "out_trade_no",
        _ATTEMPT_STATE,
        "amount",
        "received",
        "transaction_id",
        "last_answer",
        "created_at",
    )
    readonly_fields = (_ATTEMPT_STATE,)


class RefundInline(ReadOnlyInline):
    """What went, or goes, back."""

    model = Refund
    view_permission = VIEW
    fields = ("number", "kind", "amount", "state", _REASON, "last_answer", "created_at", "settled_at")
    readonly_fields = (_REASON,)
    show_change_link = True


@admin.register(Payment)
class PaymentAdmin(MoneyAdmin):
    """What was to be paid, what arrived, what goes back."""

    worded = {"payable_kind": _PAID_FOR}
    nav_icon = "payments"
    nav_order = 10
    nav_hint = gettext_lazy("Money from members: what is owed, received and refunded.")
    list_display = (
        "number",
        _PAID_FOR,
        "payable_number",
        "method",
        _STATE,
        _DISPOSITION,
        "amount",
        "captured",
        "refunded",
        "created_at",
        "paid_at",
    )
    list_filter = ("state", "disposition", "method", _KIND_FILTER, ("created_at", DayRangeFilter))
    search_fields = ("number", "payable_number", "attempts__out_trade_no", "attempts__transaction_id")
    search_help_text = gettext_lazy("Payment, order, merchant trade or WeChat transaction number")
    inlines = (AttemptInline, RefundInline)
    actions = ("ask_wechat",)
    actions_detail = ("ask_wechat", "refund")

    @console_action(permission="payments.query_payment", title=gettext_lazy("Ask WeChat now"), icon="sync")
    def ask_wechat(self, request: HttpRequest, payment: Payment, data: dict[str, Any]) -> str:
        """Ask instead of waiting for the job."""
        found = query_payment(actor=actor_of(request), number=payment.number)
        return _("%(number)s is: %(state)s") % {"number": found.number, "state": found.get_state_display()}

    @console_action(
        permission="payments.refund_payment",
        title=gettext_lazy("Refund"),
        confirm=gettext_lazy("The money goes back the way it came."),
        reason_required=True,
        form=RefundForm,
        icon="undo",
    )
    def refund(self, request: HttpRequest, payment: Payment, data: dict[str, Any]) -> str:
        """Promise money back; large amounts wait for a second person."""
        ticket = request_refund(
            actor=actor_of(request),
            payment_number=payment.number,
            amount=data["amount"],
            reason=data["reason"],
            reference=data["reference"],
        )
        if ticket.refund is None:
            return _("A second person must confirm this refund.")
        return _("Refund %(number)s is on its way.") % {"number": ticket.refund.number}
