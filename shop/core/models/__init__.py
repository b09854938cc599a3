"""Tables of the ground floor."""

from shop.core.models.access import BusinessAction, ReadyRole, RoleGrant
from shop.core.models.approvals import Approval
from shop.core.models.audit import AuditEntry
from shop.core.models.auth import MemberRevocation, RefreshSession, SessionFamily

__all__ = [
    "Approval",
    "AuditEntry",
    "BusinessAction",
    "MemberRevocation",
    "ReadyRole",
    "RefreshSession",
    "RoleGrant",
    "SessionFamily",
]
