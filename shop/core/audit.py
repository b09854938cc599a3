"""Write down who did what: one entry per business action, in the action's own transaction."""

import ipaddress
from collections.abc import Mapping
from typing import Any

import orjson
from django.db import connection, models

from shop.core import clock
from shop.core.actors import Actor
from shop.core.correlation import current_ip, current_request_id
from shop.core.json import dump
from shop.core.masking import mask_mapping
from shop.core.models.audit import AuditEntry

Subject = models.Model | tuple[str, str]


def record(
    *,
    actor: Actor,
    action: str,
    subject: Subject,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> AuditEntry:
    """Append an entry. Needs an open transaction, so that deed and record stand or fall together.

    ``action`` is the permission codename where there is one. ``before`` and ``after`` hold only what
    changed; secrets in them are dropped and personal data is masked by the members' names.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An audit entry belongs in the transaction of the action it records.")
    kind, identity = subject_key(subject)
    return AuditEntry.objects.create(
        at=clock.now(),
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label[:150],
        action=action,
        subject_kind=kind,
        subject_id=identity,
        before=_json(before),
        after=_json(after),
        reason=reason[:500],
        request_id=current_request_id()[:64],
        ip=_address(current_ip()),
    )


def subject_key(subject: Subject) -> tuple[str, str]:
    """Return kind and id of a subject: ``("payments.refund", "12")`` for a row, a pair as it is."""
    if isinstance(subject, tuple):
        kind, identity = subject
        return kind[:64], identity[:64]
    return subject._meta.label_lower[:64], str(subject.pk)[:64]


def _json(values: Mapping[str, Any] | None) -> dict[str, Any]:
    masked = mask_mapping(values or {})
    result: dict[str, Any] = orjson.loads(dump(masked))
    return result


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
