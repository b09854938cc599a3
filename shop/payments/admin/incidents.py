"""What WeChat says and our books contradict."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.core.console import (
    DayRangeFilter,
    actor_of,
    badge_column,
    console_action,
)
from shop.payments.admin.base import PayerReasonForm, TroubleAdmin
from shop.payments.models import PaymentIncident
from shop.payments.queries import open_incidents
from shop.payments.services.incidents import dismiss_incident, refund_incident

_STATE = badge_column(
    "state", gettext_lazy("State"), {"open": "danger", "refunded": "success", "dismissed": "neutral"}
)


@admin.register(PaymentIncident)
class IncidentAdmin(TroubleAdmin):
    """Money matters that nobody but a person may decide."""

    waiting = staticmethod(open_incidents)
    nav_icon = "report"
    nav_order = 40
    nav_hint = gettext_lazy("WeChat says one thing, our books another. Never booked by itself.")
    list_display = ("kind", _STATE, "number", "expected", "received", "amount", "source", "created_at")
    list_filter = ("state", "kind", ("created_at", DayRangeFilter))
    list_select_related = ("attempt",)
    search_fields = ("number", "transaction_id")
    search_help_text = gettext_lazy("Merchant trade, refund, transfer or WeChat transaction number")
    actions = ("dismiss",)
    actions_detail = ("refund", "dismiss")

    @console_action(
        permission="payments.resolve_incident",
        title=gettext_lazy("Book and refund"),
        confirm=gettext_lazy("The money that WeChat confirmed is booked and all of it goes back."),
        reason_required=True,
        form=PayerReasonForm,
        icon="undo",
    )
    def refund(self, request: HttpRequest, incident: PaymentIncident, data: dict[str, Any]) -> str:
        """Send back what did not fit."""
        refund = refund_incident(actor=actor_of(request), incident_id=incident.pk, note=data["reason"])
        return _("Refund %(number)s is on its way.") % {"number": refund.number}

    @console_action(
        permission="payments.resolve_incident",
        title=gettext_lazy("Dismiss"),
        confirm=gettext_lazy("Nothing moves; the incident is closed with your reason."),
        reason_required=True,
        icon="done",
    )
    def dismiss(self, request: HttpRequest, incident: PaymentIncident, data: dict[str, Any]) -> None:
        """Nothing to be done."""
        dismiss_incident(actor=actor_of(request), incident_id=incident.pk, note=data["reason"])
