"""Refunds, and what to do with those that WeChat does not carry out."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from shop.core.console import (
    ActionForm,
    DayRangeFilter,
    actor_of,
    badge_column,
    console_action,
    words_column,
)
from shop.core.naming import actor_key_title
from shop.payments.admin.base import TroubleAdmin
from shop.payments.models import Refund
from shop.payments.queries import refunds_for_staff
from shop.payments.services.refund_calls import apply_abnormal_refund
from shop.payments.services.refunds import abandon_refund, retry_closed_refund, retry_failed_refund
from shop.payments.services.requerying import query_refund
from shop.payments.wording import REFUND_REASONS

_REASON = words_column("reason", gettext_lazy("Reason"), REFUND_REASONS)
_STATE = badge_column(
    "state",
    gettext_lazy("State"),
    {
        "pending": "info",
        "sending": "info",
        "processing": "info",
        "succeeded": "success",
        "abnormal": "danger",
        "closed": "danger",
        "failed": "danger",
    },
)


class CardForm(ActionForm):
    """Where an abnormal refund goes instead. The card data is sent to WeChat encrypted and kept nowhere."""

    kind = forms.ChoiceField(
        label=gettext_lazy("To"),
        choices=[
            ("USER_BANK_CARD", gettext_lazy("The payer's bank card")),
            ("MERCHANT_BANK_CARD", gettext_lazy("The merchant's own account")),
        ],
        widget=UnfoldAdminSelectWidget(),
    )
    bank_type = forms.CharField(
        label=gettext_lazy("Bank code"), max_length=16, required=False, widget=UnfoldAdminTextInputWidget()
    )
    bank_account = forms.CharField(
        label=gettext_lazy("Card number"), max_length=32, required=False, widget=UnfoldAdminTextInputWidget()
    )
    real_name = forms.CharField(
        label=gettext_lazy("Name of the holder"),
        max_length=32,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
    )

    def clean(self) -> dict[str, Any]:
        """A payer's card needs all three fields."""
        data = super().clean() or {}
        if data.get("kind") == "USER_BANK_CARD":
            for name in ("bank_type", "bank_account", "real_name"):
                if not data.get(name):
                    self.add_error(name, _("Needed for the payer's card."))
        return data


@admin.register(Refund)
class RefundAdmin(TroubleAdmin):
    """Money back to members."""

    worded = {"reason": _REASON, "requested_by": "requester"}
    waiting = staticmethod(refunds_for_staff)
    nav_icon = "currency_exchange"
    nav_order = 20
    nav_hint = gettext_lazy("Refunds under way, and those that need a person.")
    list_display = (
        "number",
        "payment",
        "kind",
        _STATE,
        "amount",
        _REASON,
        "last_answer",
        "created_at",
        "settled_at",
    )
    list_filter = ("state", "kind", ("created_at", DayRangeFilter))
    list_select_related = ("payment",)
    search_fields = ("number", "refund_id", "reference", "payment__number", "payment__payable_number")
    search_help_text = gettext_lazy("Refund, WeChat refund, payment or order number")
    actions = ("ask_wechat", "retry_closed", "retry_failed")
    actions_detail = ("ask_wechat", "retry_closed", "retry_failed", "to_card", "give_up")

    @admin.display(description=gettext_lazy("requested by"))
    def requester(self, refund: Refund) -> str:
        """Name who asked for it: a colleague, or a part of the shop."""
        return actor_key_title(refund.requested_by)

    @console_action(permission="payments.query_payment", title=gettext_lazy("Ask WeChat now"), icon="sync")
    def ask_wechat(self, request: HttpRequest, refund: Refund, data: dict[str, Any]) -> str:
        """Ask, or send, instead of waiting for the job."""
        found = query_refund(actor=actor_of(request), number=refund.number)
        return _("%(number)s is: %(state)s") % {"number": found.number, "state": found.get_state_display()}

    @console_action(
        permission="payments.retry_refund",
        title=gettext_lazy("Retry a closed refund"),
        confirm=gettext_lazy("It goes out again under a new number."),
        icon="replay",
    )
    def retry_closed(self, request: HttpRequest, refund: Refund, data: dict[str, Any]) -> str:
        """WeChat closed it: a new number takes over."""
        new = retry_closed_refund(actor=actor_of(request), number=refund.number, reason=data["reason"])
        return _("Refund %(number)s takes over.") % {"number": new.number}

    @console_action(
        permission="payments.retry_refund",
        title=gettext_lazy("Retry a refused refund"),
        confirm=gettext_lazy("It goes out again under the same number."),
        icon="replay",
    )
    def retry_failed(self, request: HttpRequest, refund: Refund, data: dict[str, Any]) -> None:
        """WeChat refused it, and the cause is gone."""
        retry_failed_refund(actor=actor_of(request), number=refund.number, reason=data["reason"])

    @console_action(
        permission="payments.redirect_refund",
        title=gettext_lazy("Send to a bank card"),
        reason_required=True,
        form=CardForm,
        icon="credit_card",
    )
    def to_card(self, request: HttpRequest, refund: Refund, data: dict[str, Any]) -> None:
        """The payer's card cannot receive it: send it elsewhere."""
        apply_abnormal_refund(
            actor=actor_of(request),
            number=refund.number,
            kind=data["kind"],
            bank_type=data["bank_type"],
            bank_account=data["bank_account"],
            real_name=data["real_name"],
        )

    @console_action(
        permission="payments.retry_refund",
        title=gettext_lazy("Give up"),
        confirm=gettext_lazy("Only when the member has the money by other means."),
        reason_required=True,
        icon="block",
    )
    def give_up(self, request: HttpRequest, refund: Refund, data: dict[str, Any]) -> None:
        """The promise is void."""
        abandon_refund(actor=actor_of(request), number=refund.number, reason=data["reason"])
