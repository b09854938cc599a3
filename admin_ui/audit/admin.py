"""The audit record: searched, read, never touched."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from admin_ui.audit.filters import (
    ActionFilter,
    ActorFilter,
    RequestFilter,
    SubjectFilter,
    SubjectKindFilter,
)
from shop.core.console import DayRangeFilter, NavGroup, ReadOnlyAdmin
from shop.core.console.columns import NOTHING
from shop.core.models import AuditEntry
from shop.core.naming import action_title, actor_title, field_title, subject_title

FIELDS = (
    "at", "actor", "what", "subject", "reason", "changes", "request_id", "ip",
)  # fmt: skip


@admin.register(AuditEntry)
class AuditAdmin(ReadOnlyAdmin):
    """Who did what to which subject, newest first."""

    view_permission = "core.read_audit"
    nav_group = NavGroup.STAFF
    nav_icon = "history"
    nav_order = 40
    nav_title = gettext_lazy("Audit record")
    list_display = ("at", "actor", "what", "subject", "reason")
    list_filter = (
        ("at", DayRangeFilter),
        ActionFilter,
        ActorFilter,
        SubjectKindFilter,
        SubjectFilter,
        RequestFilter,
    )
    list_per_page = 50
    ordering = ("-id",)
    fields = FIELDS
    readonly_fields = FIELDS

    @admin.display(description=gettext_lazy("Actor"))
    def actor(self, entry: AuditEntry) -> str:
        """Return the person, or which part of the shop acted by itself."""
        title = actor_title(entry.actor_kind, entry.actor_label)
        return _("%(name)s (the shop)") % {"name": title} if entry.actor_kind == "system" else title

    @admin.display(description=gettext_lazy("Action"), ordering="action")
    def what(self, entry: AuditEntry) -> SafeString:
        """Return the action's title above its code."""
        title = action_title(entry.action)
        if title == entry.action:
            return format_html("{}", title)
        return format_html('{}<br><span class="console-subtle">{}</span>', title, entry.action)

    @admin.display(description=gettext_lazy("Subject"))
    def subject(self, entry: AuditEntry) -> SafeString:
        """Return what was acted on, with a link to everything else that happened to it."""
        link = reverse("admin:core_auditentry_changelist")
        return format_html(
            '<a class="text-link" href="{}?subject_kind={}&subject={}">{} {}</a>',
            link,
            entry.subject_kind,
            entry.subject_id,
            subject_title(entry.subject_kind),
            entry.subject_id,
        )

    @admin.display(description=gettext_lazy("Changes"))
    def changes(self, entry: AuditEntry) -> SafeString | str:
        """Return before and after, one line per thing that changed."""
        names = sorted({*entry.before, *entry.after})
        if not names:
            return "-"
        head = format_html("<tr><th></th><th>{}</th><th>{}</th></tr>", _("before"), _("after"))
        rows = format_html_join(
            "",
            "<tr><th>{}</th><td><del>{}</del></td><td><ins>{}</ins></td></tr>",
            (
                (
                    field_title(entry.subject_kind, name),
                    _text(entry.before, name),
                    _text(entry.after, name),
                )
                for name in names
            ),
        )
        return format_html(
            '<div class="console-table-frame"><table class="console-table console-diff">{}{}</table></div>',
            head,
            rows,
        )

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """None: the filters ask indexes, a free search would read the whole record."""
        return ()


def _text(values: dict[str, Any], name: str) -> str:
    if name not in values:
        return ""
    value = values[name]
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
