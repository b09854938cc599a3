"""Batches of card codes."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from members.cards.models import CardCodeBatch
from members.cards.permissions import EXPORT_CODES, MAKE_CODES, VIEW_CARDS
from members.cards.services.codes import make_batch, stop_batch
from shop.core.console import NavGroup, ShopModelAdmin, actor_of, console_action


@admin.register(CardCodeBatch)
class CardCodeBatchAdmin(ShopModelAdmin):
    """Codes for a card: made once, exported once, then only stopped."""

    view_permission = VIEW_CARDS
    add_permission = MAKE_CODES
    nav_group = NavGroup.MEMBERS
    nav_icon = "password_2"
    nav_order = 63
    list_display = ("name", "card", "quantity", "redeemed", "redeem_until", "is_active", "exported_at")
    list_filter = ("is_active",)
    list_select_related = ("card",)
    search_fields = ("name",)
    ordering = ("-pk",)
    fields = ("name", "card", "quantity", "redeem_until")
    actions_detail = ("export_codes", "stop")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask for little when a batch is made; show everything afterwards."""
        if obj is None:
            return self.fields
        return (*self.fields, "is_active", "redeemed", "created_at", "exported_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Nothing of a batch is changed by hand."""
        return () if obj is None else self.get_fields(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CardCodeBatch]:
        """Count what was redeemed; the codes themselves are never read here."""
        rows: QuerySet[CardCodeBatch] = super().get_queryset(request).defer("sealed")
        return rows.annotate(redeemed_codes=Count("codes", filter=Q(codes__redeemed_at__isnull=False)))

    @admin.display(description=gettext_lazy("Redeemed"))
    def redeemed(self, batch: CardCodeBatch) -> int:
        """Show how many codes were redeemed."""
        return int(getattr(batch, "redeemed_codes", 0))

    def save_model(self, request: HttpRequest, obj: Model, form: forms.ModelForm, change: bool) -> None:
        """Make the codes."""
        data = form.cleaned_data
        made = make_batch(
            actor=actor_of(request),
            card_id=data["card"].pk,
            name=data["name"],
            quantity=data["quantity"],
            redeem_until=data["redeem_until"],
        )
        obj.pk = made.pk

    @action(description=gettext_lazy("Export the codes"), url_path="export-codes", icon="download")  # type: ignore[untyped-decorator]
    def export_codes(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lead to the page that hands the codes out."""
        return redirect(reverse("admin:card_codes", args=[object_id]))

    export_codes.console_permission = EXPORT_CODES

    @console_action(
        permission=MAKE_CODES,
        title=gettext_lazy("Stop the batch"),
        confirm=gettext_lazy("No code of this batch can be redeemed any more; nobody can undo it."),
        reason_required=True,
        icon="block",
    )
    def stop(self, request: HttpRequest, batch: CardCodeBatch, data: dict[str, Any]) -> None:
        """Let no code be redeemed any more."""
        stop_batch(actor=actor_of(request), batch_id=batch.pk, reason=data["reason"])
