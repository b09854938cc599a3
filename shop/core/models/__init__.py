"""The ground floor's tables, one file per story."""

from shop.core.models.access import BusinessAction, ReadyRole, RoleGrant
from shop.core.models.approvals import Approval
from shop.core.models.audit import AuditEntry
from shop.core.models.auth import MemberRevocation, RefreshSession, SessionFamily
from shop.core.models.idempotency import IdempotencyKey
from shop.core.models.jobs import JobRun
from shop.core.models.outbox import HandledEvent, OutboxEvent
from shop.core.models.sheets import SheetIssue, SheetItem, SheetRun

__all__ = [
    "Approval",
    "AuditEntry",
    "BusinessAction",
    "HandledEvent",
    "IdempotencyKey",
    "JobRun",
    "MemberRevocation",
    "OutboxEvent",
    "ReadyRole",
    "RefreshSession",
    "RoleGrant",
    "SessionFamily",
    "SheetIssue",
    "SheetItem",
    "SheetRun",
]
