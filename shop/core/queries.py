"""Reads of the ground floor, for the console."""

from datetime import datetime

from django.db.models import QuerySet

from shop.core.actors import Actor
from shop.core.audit import Subject, subject_key
from shop.core.models import Approval, AuditEntry
from shop.core.models.approvals import ApprovalState


def audit_entries(
    *,
    actor: Actor | None = None,
    subject: Subject | None = None,
    action: str = "",
    request_id: str = "",
    since: datetime | None = None,
    before: datetime | None = None,
) -> QuerySet[AuditEntry]:
    """Return audit entries, newest first, that match everything given, with ``since <= at < before``."""
    found = AuditEntry.objects.order_by("-id")
    if actor is not None:
        found = found.filter(actor_kind=actor.kind, actor_id=actor.id)
        if actor.id is None:
            found = found.filter(actor_label=actor.label)
    if subject is not None:
        kind, identity = subject_key(subject)
        found = found.filter(subject_kind=kind, subject_id=identity)
    if action:
        found = found.filter(action=action)
    if request_id:
        found = found.filter(request_id=request_id)
    if since is not None:
        found = found.filter(at__gte=since)
    if before is not None:
        found = found.filter(at__lt=before)
    return found


def waiting_approvals() -> QuerySet[Approval]:
    """Return held actions that still wait, the one that expires first on top."""
    return Approval.objects.filter(state=ApprovalState.PENDING).order_by("expires_at")
