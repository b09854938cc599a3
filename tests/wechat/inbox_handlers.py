"""Handlers that the inbox tests register in the roof's table; their effects are rows, to be counted."""

from typing import Any

from django.db import connection

from shop.core.actors import Actor
from shop.core.audit import record
from shop.core.models import AuditEntry
from shop.wechat.models import InboxMessage

ACTION = "tests.handled"


def handle(message: InboxMessage, resource: dict[str, Any]) -> None:
    """Leave one audit entry per effect, inside the inbox's transaction."""
    assert connection.in_atomic_block
    record(
        actor=Actor.system("tests"),
        action=ACTION,
        subject=("inbox", message.reference),
        after={"event": message.event_type, "state": resource.get("trade_state", "")},
    )


def fail(message: InboxMessage, resource: dict[str, Any]) -> None:
    """Write, then fail: the write must not stay."""
    handle(message, resource)
    raise RuntimeError("oUnlikelyOpenid13800138000")


def effects(reference: str) -> int:
    """How often ``handle`` took effect."""
    return AuditEntry.objects.filter(action=ACTION, subject_id=reference).count()
