"""Hold an action until a second person confirms it.

An app declares each such action in its ``approvals.py``: who may decide, and the executor that carries it
out. The service that would act calls :func:`hold` instead; :func:`approve` runs the executor inside the
deciding transaction, so that decision and deed stand or fall together and the deed happens once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import IntegrityError
from django.db import transaction as django_transaction
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from shop.core import audit, clock
from shop.core.actors import Actor
from shop.core.audit import Subject, subject_key
from shop.core.db import claim_rows, in_transaction, lock_row
from shop.core.errors import (
    ApprovalDecided,
    ApprovalExpired,
    ApprovalPending,
    Forbidden,
    SecondPersonRequired,
)
from shop.core.models.approvals import Approval, ApprovalState
from shop.core.permissions import require

DEFAULT_LIFETIME = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class HeldAction:
    """A kind of action that needs two people. ``approve_permission`` is asked of the second one."""

    name: str
    title: str | Promise
    executor: str
    approve_permission: str
    lifetime: timedelta = DEFAULT_LIFETIME


@dataclass(frozen=True, slots=True)
class Held:
    """What an executor is given: it acts for ``requester``, confirmed by ``approver``."""

    approval_id: int
    action: str
    payload: Mapping[str, Any]
    subject: tuple[str, str]
    requester: Actor
    approver: Actor
    reason: str


Executor = Callable[[Held], Mapping[str, Any] | None]


@dataclass
class _Registry:
    actions: dict[str, HeldAction] = field(default_factory=dict)


_registry = _Registry()


def declare(
    *,
    action: str,
    title: str | Promise,
    executor: str,
    approve_permission: str,
    lifetime: timedelta = DEFAULT_LIFETIME,
) -> HeldAction:
    """Declare a held action. ``executor`` is the dotted path of an ``Executor``, imported on use."""
    held = HeldAction(action, title, executor, approve_permission, lifetime)
    known = _registry.actions.setdefault(action, held)
    if (known.executor, known.approve_permission) != (executor, approve_permission):
        raise ValueError(f"{action} is declared twice, differently.")
    return known


def declared() -> Mapping[str, HeldAction]:
    """Return every held action by name."""
    return _registry.actions


@in_transaction
def hold(*, actor: Actor, action: str, payload: Mapping[str, Any], subject: Subject, reason: str) -> Approval:
    """Write down what ``actor`` wants and wait for a second person. The caller has checked the permission.

    ``payload`` holds JSON values and no personal data: ids, numbers, amounts in fen. Raises
    ``ApprovalPending`` while the same action on the same subject already waits.
    """
    held = _registry.actions[action]
    if actor.kind == "member":
        raise Forbidden()
    kind, identity = subject_key(subject)
    now = clock.now()
    try:
        with django_transaction.atomic():
            approval = Approval.objects.create(
                action=held.name,
                payload=dict(payload),
                subject_kind=kind,
                subject_id=identity,
                reason=reason[:500],
                requester_kind=actor.kind,
                requester_id=actor.id,
                requester_label=actor.label[:150],
                requested_at=now,
                expires_at=now + held.lifetime,
            )
    except IntegrityError as error:
        raise ApprovalPending() from error
    _record(actor, approval, "approvals.hold", reason)
    return approval


@in_transaction
def approve(*, actor: Actor, approval_id: int, note: str = "") -> Approval:
    """Confirm a held action and carry it out now. Locks the approval, then whatever the executor locks.

    Raises ``NotFound``, ``ApprovalDecided``, ``ApprovalExpired``, ``SecondPersonRequired``, ``Forbidden``, or
    what the executor refuses with; the action then still waits.
    """
    approval, held = _take(actor, approval_id)
    executor: Executor = import_string(held.executor)
    result = executor(
        Held(
            approval_id=approval.pk,
            action=approval.action,
            payload=approval.payload,
            subject=(approval.subject_kind, approval.subject_id),
            requester=requester_of(approval),
            approver=actor,
            reason=approval.reason,
        )
    )
    approval.result = None if result is None else dict(result)
    return _decide(actor, approval, ApprovalState.APPROVED, note)


@in_transaction
def reject(*, actor: Actor, approval_id: int, note: str = "") -> Approval:
    """Refuse a held action for good; nothing is carried out. Raises as :func:`approve`."""
    approval, _held = _take(actor, approval_id)
    return _decide(actor, approval, ApprovalState.REJECTED, note)


@in_transaction
def expire_approvals(*, limit: int = 500) -> int:
    """Close at most ``limit`` held actions that nobody decided in time; return how many."""
    waiting = Approval.objects.filter(state=ApprovalState.PENDING, expires_at__lte=clock.now())
    overdue = claim_rows(waiting.order_by("expires_at"), limit=limit)
    for approval in overdue:
        approval.state = ApprovalState.EXPIRED
        approval.decided_at = clock.now()
        approval.save(update_fields=["state", "decided_at"])
        _record(Actor.system("core.expire_approvals"), approval, "approvals.expire", "")
    return len(overdue)


def requester_of(approval: Approval) -> Actor:
    """Return who asked for the action."""
    if approval.requester_kind == "staff":
        return Actor("staff", approval.requester_id, approval.requester_label)
    return Actor("system", approval.requester_id, approval.requester_label)


def _take(actor: Actor, approval_id: int) -> tuple[Approval, HeldAction]:
    """Lock a waiting approval that ``actor`` may decide."""
    approval = lock_row(Approval.objects.filter(pk=approval_id))
    held = _registry.actions[approval.action]
    if actor.kind != "staff" or actor.id is None:
        raise Forbidden()
    require(actor, held.approve_permission)
    if (approval.requester_kind, approval.requester_id) == (actor.kind, actor.id):
        raise SecondPersonRequired()
    if approval.state == ApprovalState.EXPIRED or (
        approval.state == ApprovalState.PENDING and approval.expires_at <= clock.now()
    ):
        raise ApprovalExpired()
    if approval.state != ApprovalState.PENDING:
        raise ApprovalDecided()
    return approval, held


def _decide(actor: Actor, approval: Approval, state: ApprovalState, note: str) -> Approval:
    approval.state = state
    approval.decider_id, approval.decider_label = actor.id, actor.label[:150]
    approval.decided_at, approval.decision_note = clock.now(), note[:500]
    approval.save(
        update_fields=["state", "decider_id", "decider_label", "decided_at", "decision_note", "result"]
    )
    verb = "approve" if state == ApprovalState.APPROVED else "reject"
    _record(actor, approval, f"approvals.{verb}", note)
    return approval


def _record(actor: Actor, approval: Approval, action: str, reason: str) -> None:
    audit.record(
        actor=actor,
        action=action,
        subject=(approval.subject_kind, approval.subject_id),
        after={"approval": approval.pk, "held": approval.action, "details": approval.payload},
        reason=reason,
    )
