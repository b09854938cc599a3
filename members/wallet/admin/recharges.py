"""Recharges, and paying them back."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.wallet.models import Recharge
from members.wallet.permissions import REFUND_RECHARGE, VIEW_WALLET
from members.wallet.services.refunding import preview_refund, request_recharge_refund
from members.wallet.wording import refund_sentences
from shop.core.console import (
    DayRangeFilter,
    NavGroup,
    ReadOnlyAdmin,
    actor_of,
    badge_column,
    console_action,
)
from shop.payments.admin.base import PayerReasonForm

_STATE = badge_column(
    "state",
    gettext_lazy("State"),
    {
        "pending": "info",
        "closing": "warning",
        "paid": "success",
        "refunding": "warning",
        "refunded": "neutral",
        "closed": "neutral",
    },
)


@admin.register(Recharge)
class RechargeAdmin(ReadOnlyAdmin):
    """What members paid into their wallets."""

    view_permission = VIEW_WALLET
    nav_group = NavGroup.MEMBERS
    nav_icon = "add_card"
    nav_order = 51
    list_display = (
        "number",
        "member",
        "package_name",
        "amount",
        "gift_money",
        _STATE,
        "refunded",
        "created_at",
        "paid_at",
    )
    list_filter = ("state", ("created_at", DayRangeFilter))
    list_select_related = ("member",)
    search_fields = ("number", "=member__id")
    search_help_text = gettext_lazy("Recharge or member number")
    ordering = ("-pk",)
    fields = (
        "number",
        "member",
        _STATE,
        "package_name",
        "amount",
        "gift_money",
        "opening_gift",
        "gift_points",
        "gift_growth",
        "refund_preview",
        "refunded",
        "gift_taken",
        "gift_deducted",
        "platform",
        "created_at",
        "expires_at",
        "paid_at",
        "closed_at",
        "refunded_at",
    )
    readonly_fields = (_STATE, "refund_preview")
    actions_detail = ("refund",)

    @admin.display(description=gettext_lazy("What a refund would mean now"))
    def refund_preview(self, recharge: Recharge) -> str:
        """Explain the refund, sentence by sentence."""
        if recharge.state != Recharge.State.PAID:
            return "-"
        sentences = refund_sentences(preview_refund(recharge), has_card=recharge.gift_card is not None)
        return format_html_join("", "<p>{}</p>", ((sentence,) for sentence in sentences))

    @console_action(
        permission=REFUND_RECHARGE,
        title=gettext_lazy("Refund"),
        confirm=gettext_lazy(
            "What is left of it goes back the way it came, the gift is taken back. A second person must"
            " confirm; if the balance changes until then, the refund must be asked for again."
        ),
        reason_required=True,
        form=PayerReasonForm,
        icon="undo",
    )
    def refund(self, request: HttpRequest, recharge: Recharge, data: dict[str, Any]) -> str:
        """Ask for the refund."""
        request_recharge_refund(actor=actor_of(request), number=recharge.number, reason=data["reason"])
        return _("A second person must confirm this refund.")
