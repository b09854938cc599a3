"""The list of held actions: read what is asked, then approve or reject it."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.enums import ActionVariant

from shop.core import approvals, clock
from shop.core.console import (
    NavGroup,
    ReadOnlyAdmin,
    actor_of,
    badge_column,
    console_action,
    may,
)
from shop.core.console.columns import money_text
from shop.core.models import Approval
from shop.core.naming import actor_title, subject_title
from shop.core.queries import waiting_approvals

VIEW_APPROVALS = "core.view_approvals"
COLOURS = {"pending": "warning", "approved": "success", "rejected": "danger", "expired": "neutral"}
FIELDS = (
    "what",
    "details",
    "subject",
    "reason",
    "state",
    "requester",
    "requested_at",
    "expires_at",
    "decider_label",
    "decided_at",
    "decision_note",
)


@admin.register(Approval)
class ApprovalAdmin(ReadOnlyAdmin):
    """What colleagues asked for and a second person must decide."""

    view_permission = VIEW_APPROVALS
    nav_group = NavGroup.HOME
    nav_icon = "approval"
    nav_order = 20
    nav_title = _("Approvals")
    nav_hint = _("A colleague asked for something that needs a second person: read it and decide.")
    list_display = (
        "what",
        badge_column("state", _("State"), COLOURS),
        "subject",
        "reason",
        "requester",
        "requested_at",
        "expires_at",
    )
    list_filter = ("state",)
    ordering = ("-id",)
    fields = FIELDS
    readonly_fields = FIELDS
    actions = ("approve", "reject")
    actions_detail = ("approve", "reject")

    def nav_badge(self, request: HttpRequest) -> int:
        """Return how many requests wait that this person may decide."""
        return waiting_for(request).count()

    @admin.display(description=_("Asked for"), ordering="action")
    def what(self, approval: Approval) -> str:
        """Return the title of the held action."""
        held = approvals.declared().get(approval.action)
        return str(held.title) if held else approval.action

    @admin.display(description=_("Subject"))
    def subject(self, approval: Approval) -> str:
        """Return what it is about."""
        return f"{subject_title(approval.subject_kind)} {approval.subject_id}"

    @admin.display(description=_("requester"), ordering="requester_label")
    def requester(self, approval: Approval) -> str:
        """Return who asks: a colleague, or a part of the shop."""
        return actor_title(approval.requester_kind, approval.requester_label)

    @admin.display(description=_("Details"))
    def details(self, approval: Approval) -> SafeString:
        """Return what exactly would be done; amounts in yuan."""
        rows = format_html_join(
            "",
            "<dt>{}</dt><dd>{}</dd>",
            ((_label(name), _value(name, value)) for name, value in approval.payload.items()),
        )
        return format_html('<dl class="console-definition">{}</dl>', rows)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Offer a decision only to whom it is due."""
        approval = self.get_object(request, str(object_id))
        if approval is None or not waiting_for(request).filter(pk=approval.pk).exists():
            return []
        offered: list[Any] = super().get_actions_detail(request, object_id)
        return offered

    @console_action(
        permission=VIEW_APPROVALS,
        title=_("Approve"),
        confirm=_("It is carried out at once, in the name of the colleague who asked."),
        icon="check",
        variant=ActionVariant.PRIMARY,
    )
    def approve(self, request: HttpRequest, approval: Approval, data: dict[str, Any]) -> None:
        """Confirm and carry out; the service asks for the action's own permission."""
        approvals.approve(actor=actor_of(request), approval_id=approval.pk, note=data["reason"])

    @console_action(
        permission=VIEW_APPROVALS,
        title=_("Reject"),
        confirm=_("Nothing is carried out. The colleague who asked reads your reason."),
        reason_required=True,
        icon="close",
        variant=ActionVariant.DANGER,
    )
    def reject(self, request: HttpRequest, approval: Approval, data: dict[str, Any]) -> None:
        """Refuse for good."""
        approvals.reject(actor=actor_of(request), approval_id=approval.pk, note=data["reason"])


def waiting_for(request: HttpRequest) -> QuerySet[Approval]:
    """Return the requests that this person may decide: not their own, and with the action's permission."""
    decidable = [
        held.name for held in approvals.declared().values() if may(request.user, held.approve_permission)
    ]
    own = Q(requester_kind="staff", requester_id=request.user.pk)
    return waiting_approvals().filter(expires_at__gt=clock.now(), action__in=decidable).exclude(own)


def _label(name: str) -> str:
    """Return a member's name in the reader's language where the catalogue knows the word."""
    return gettext(name.replace("_", " "))


def _value(name: str, value: Any) -> str:
    amount = isinstance(value, int) and not isinstance(value, bool) and name.endswith(("amount", "fen"))
    return money_text(value) if amount else str(value)
