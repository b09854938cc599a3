"""Card purchases, and paying them back."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.cards.models import CardPurchase
from members.cards.permissions import REFUND_CARD, VIEW_CARDS
from members.cards.queries import period_of, saved_with
from members.cards.services.refunding import preview_refund, request_card_refund
from members.cards.wording import refund_sentences
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


@admin.register(CardPurchase)
class CardPurchaseAdmin(ReadOnlyAdmin):
    """What members paid for cards, by themselves or with an order."""

    view_permission = VIEW_CARDS
    nav_group = NavGroup.MEMBERS
    nav_icon = "shopping_bag"
    nav_order = 61
    list_display = (
        "number",
        "member",
        "card_name",
        "amount",
        "is_renewal",
        "gift_money",
        _STATE,
        "refunded",
        "created_at",
        "paid_at",
    )
    list_filter = ("state", "kind", ("created_at", DayRangeFilter))
    list_select_related = ("member",)
    search_fields = ("number", "=member__id", "order_number")
    search_help_text = gettext_lazy("Purchase, order or member number")
    ordering = ("-pk",)
    fields = (
        "number",
        "member",
        _STATE,
        "card_name",
        "kind",
        "is_renewal",
        "amount",
        "gift_money",
        "order_number",
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
    def refund_preview(self, purchase: CardPurchase) -> str:
        """Explain the refund, sentence by sentence."""
        period = period_of(purchase)
        if purchase.state != CardPurchase.State.PAID or period is None:
            return "-"
        sentences = refund_sentences(preview_refund(purchase), saved=saved_with(period))
        return format_html_join("", "<p>{}</p>", ((sentence,) for sentence in sentences))

    @console_action(
        permission=REFUND_CARD,
        title=gettext_lazy("Refund"),
        confirm=gettext_lazy(
            "The card ends, what is left of its price goes back the way it came, its gift money is taken"
            " back. A second person must confirm; if the figures change until then, the refund must be asked"
            " for again."
        ),
        reason_required=True,
        form=PayerReasonForm,
        icon="undo",
    )
    def refund(self, request: HttpRequest, purchase: CardPurchase, data: dict[str, Any]) -> str:
        """Ask for the refund."""
        request_card_refund(actor=actor_of(request), number=purchase.number, reason=data["reason"])
        return _("A second person must confirm this refund.")
