"""Filters of the audit list. Each asks an index; none reads the whole record."""

from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, TextFilter

from shop.core.models import AuditEntry
from shop.core.naming import action_title

# Steps from one distinct value to the next through the index, instead of reading every entry.
_DISTINCT_ACTIONS = """
WITH RECURSIVE found AS (
    (SELECT action FROM core_auditentry ORDER BY action LIMIT 1)
    UNION ALL
    SELECT (SELECT action FROM core_auditentry WHERE action > found.action ORDER BY action LIMIT 1)
    FROM found WHERE found.action IS NOT NULL
)
SELECT action FROM found WHERE action IS NOT NULL
"""


class ActionFilter(DropdownFilter):
    """One of the actions that occur."""

    title = _("Action")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return every action on record."""
        with connection.cursor() as cursor:
            cursor.execute(_DISTINCT_ACTIONS)
            return [(action, action_title(action)) for (action,) in cursor.fetchall()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """Keep this action's entries."""
        return queryset.filter(action=self.value()) if self.value() else queryset


class _ExactText(TextFilter):
    column: str

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """Keep entries whose column equals the text."""
        text = (self.value() or "").replace("\x00", "").strip()
        return queryset.filter(**{self.column: text}) if text else queryset


class ActorFilter(_ExactText):
    """Who acted, by user name or job name."""

    title = _("Actor")
    parameter_name = "actor"
    column = "actor_label"


class SubjectKindFilter(_ExactText):
    """What kind of thing was acted on."""

    title = _("Kind of subject")
    parameter_name = "subject_kind"
    column = "subject_kind"


class SubjectFilter(_ExactText):
    """Which thing was acted on, by its number."""

    title = _("Subject")
    parameter_name = "subject"
    column = "subject_id"


class RequestFilter(_ExactText):
    """Which request it was, as the logs name it."""

    title = _("Request id")
    parameter_name = "request"
    column = "request_id"
