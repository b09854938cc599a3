"""Agreements and privacy texts: drafts are written here and published by a button."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import Agreement
from members.permissions import EDIT_AGREEMENT, PUBLISH_AGREEMENT, VIEW_AGREEMENT
from members.services.agreements import publish_agreement, save_draft
from shop.core.console import NavGroup, ShopModelAdmin, actor_of, console_action


@admin.register(Agreement)
class AgreementAdmin(ShopModelAdmin):
    """What shoppers agree to. A published version can only be read."""

    view_permission = VIEW_AGREEMENT
    add_permission = EDIT_AGREEMENT
    change_permission = EDIT_AGREEMENT
    nav_group = NavGroup.MEMBERS
    nav_icon = "contract"
    nav_order = 40
    list_display = ("title", "document", "version", "published_at")
    list_filter = ("document",)
    ordering = ("document", "-pk")
    fields = ("document", "version", "title", "body", "published_at")
    readonly_fields = ("published_at",)
    actions_detail = ("publish",)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A published version is never edited."""
        if isinstance(obj, Agreement) and obj.published_at is not None:
            return False
        return super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Model, form: forms.ModelForm, change: bool) -> None:
        """Save through the service, which records it."""
        data = form.cleaned_data
        saved = save_draft(
            actor=actor_of(request),
            agreement_id=obj.pk if change else None,
            document=data["document"],
            version=data["version"],
            title=data["title"],
            body=data["body"],
        )
        obj.pk = saved.pk

    @console_action(
        permission=PUBLISH_AGREEMENT,
        title=gettext_lazy("Publish"),
        confirm=gettext_lazy("It is in force at once and can never be changed: a change is a new version."),
        icon="publish",
    )
    def publish(self, request: HttpRequest, agreement: Agreement, data: dict[str, Any]) -> str:
        """Put the draft in force."""
        publish_agreement(actor=actor_of(request), agreement_id=agreement.pk, reason=data["reason"])
        return _("%(agreement)s is in force.") % {"agreement": agreement}
