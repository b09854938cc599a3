"""Held actions: a second person, once, with everything or nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.utils import IntegrityError
from django.test import override_settings

from shop.core import approvals
from shop.core.access import role_group, sync_roles
from shop.core.actors import Actor
from shop.core.approvals import approve, declare, expire_approvals, hold, reject
from shop.core.errors import (
    ApprovalDecided,
    ApprovalExpired,
    ApprovalPending,
    Conflict,
    Forbidden,
    NotFound,
    SecondPersonRequired,
)
from shop.core.models import Approval, AuditEntry
from shop.core.permissions import Role
from shop.core.queries import waiting_approvals
from tests.shopfloor.approvals import PAY_OUT, RUN
from tests.shopfloor.models import Note

pytestmark = pytest.mark.django_db

SUBJECT = ("withdrawal", "W1")


@pytest.fixture
def staff(django_user_model: Any) -> dict[str, Actor]:
    sync_roles()
    RUN.clear()
    actors = {}
    for name, role in (
        ("asker", Role.OWNER),
        ("boss", Role.FINANCE),
        ("other", Role.FINANCE),
        ("clerk", Role.CLERK),
    ):
        user = django_user_model.objects.create_user(name, is_staff=True)
        user.groups.add(role_group(role))
        actors[name] = Actor.staff(user)
    return actors


def ask(actor: Actor, **payload: Any) -> Approval:
    return hold(
        actor=actor, action=PAY_OUT, payload={"amount": 5, **payload}, subject=SUBJECT, reason="bonus"
    )


def unchanged(approval: Approval, state: str = "pending") -> None:
    approval.refresh_from_db()
    assert approval.state == state
    assert Note.objects.count() == 0


def test_holding_does_nothing_but_wait(staff: dict[str, Actor]):
    approval = ask(staff["asker"])
    unchanged(approval)
    assert list(waiting_approvals()) == [approval]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject_id, entry.reason) == ("approvals.hold", "W1", "bonus")
    assert approval.expires_at - approval.requested_at == timedelta(days=3)


def test_a_second_person_lets_it_happen(staff: dict[str, Actor]):
    approval = approve(actor=staff["boss"], approval_id=ask(staff["asker"]).pk, note="fine")
    approval.refresh_from_db()
    note = Note.objects.get()
    assert (approval.state, approval.decider_label, approval.decision_note) == ("approved", "boss", "fine")
    assert approval.result == {"note": note.pk}
    assert [(held.requester, held.approver, dict(held.payload)) for held in RUN] == [
        (staff["asker"], staff["boss"], {"amount": 5})
    ]
    assert list(AuditEntry.objects.order_by("id").values_list("action", "actor_label")) == [
        ("approvals.hold", "asker"),
        ("approvals.approve", "boss"),
    ]


def test_an_executor_may_have_nothing_to_say(staff: dict[str, Actor]):
    assert approve(actor=staff["boss"], approval_id=ask(staff["asker"], silent=True).pk).result is None


def test_what_the_shop_itself_asks_for_needs_only_one_person(staff: dict[str, Actor]):
    approval = approve(actor=staff["boss"], approval_id=ask(Actor.system("job")).pk)
    assert approval.state == "approved"
    assert RUN[0].requester == Actor.system("job")


def test_nobody_confirms_their_own_request(staff: dict[str, Actor]):
    approval = ask(staff["asker"])
    for decide in (approve, reject):
        with pytest.raises(SecondPersonRequired):
            decide(actor=staff["asker"], approval_id=approval.pk)
    unchanged(approval)


def test_the_database_refuses_it_too(staff: dict[str, Actor]):
    approval = ask(staff["asker"])
    with pytest.raises(IntegrityError, match="core_approval_second_person"), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(
            state="approved", decider_id=staff["asker"].id, decided_at=approval.requested_at
        )
    with pytest.raises(IntegrityError, match="core_approval_state"), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(state="approved")
    unchanged(approval)


def test_only_staff_with_the_permission_decide(staff: dict[str, Actor]):
    approval = ask(staff["asker"])
    for actor in (staff["clerk"], Actor.member(1), Actor.system("job"), Actor.wechat("pay")):
        with pytest.raises(Forbidden):
            approve(actor=actor, approval_id=approval.pk)
    unchanged(approval)


def test_a_member_cannot_ask(staff: dict[str, Actor]):
    with pytest.raises(Forbidden):
        ask(Actor.member(1))
    assert Approval.objects.count() == 0


def test_rejecting_ends_it(staff: dict[str, Actor]):
    approval = ask(staff["asker"])
    reject(actor=staff["boss"], approval_id=approval.pk, note="no")
    for decide in (approve, reject):
        with pytest.raises(ApprovalDecided):
            decide(actor=staff["other"], approval_id=approval.pk)
    unchanged(approval, "rejected")
    assert RUN == []


def test_approving_twice_runs_once(staff: dict[str, Actor]):
    approval = ask(staff["asker"])
    approve(actor=staff["boss"], approval_id=approval.pk)
    for actor in (staff["boss"], staff["other"]):
        with pytest.raises(ApprovalDecided):
            approve(actor=actor, approval_id=approval.pk)
    assert Note.objects.count() == len(RUN) == 1


def test_an_executor_that_refuses_leaves_everything_waiting(staff: dict[str, Actor]):
    approval = ask(staff["asker"], refuse=True)
    with pytest.raises(Conflict, match="the executor refuses"):
        approve(actor=staff["boss"], approval_id=approval.pk)
    unchanged(approval)
    assert AuditEntry.objects.count() == 1


def test_one_request_waits_at_a_time_per_subject(staff: dict[str, Actor]):
    first = ask(staff["asker"])
    with pytest.raises(ApprovalPending):
        ask(staff["boss"])
    assert Approval.objects.count() == AuditEntry.objects.count() == 1
    reject(actor=staff["boss"], approval_id=first.pk)
    ask(staff["boss"])


def test_what_nobody_decides_expires(staff: dict[str, Actor]):
    approval = ask(staff["asker"])
    assert expire_approvals() == 0
    with override_settings(SHOP_CLOCK_OFFSET=3 * 86400):
        with pytest.raises(ApprovalExpired):
            approve(actor=staff["boss"], approval_id=approval.pk)
        unchanged(approval)
        assert expire_approvals() == 1
        assert expire_approvals() == 0
        with pytest.raises(ApprovalExpired):
            approve(actor=staff["boss"], approval_id=approval.pk)
    unchanged(approval, "expired")
    assert AuditEntry.objects.filter(action="approvals.expire").count() == 1


def test_an_unknown_approval_is_not_found(staff: dict[str, Actor]):
    with pytest.raises(NotFound):
        approve(actor=staff["boss"], approval_id=404)


def test_an_undeclared_action_is_a_mistake():
    with pytest.raises(KeyError):
        hold(actor=Actor.system("x"), action="no.such", payload={}, subject=SUBJECT, reason="")


def test_declaring_twice_is_fine_only_when_equal():
    known = approvals.declared()[PAY_OUT]
    declare(action=PAY_OUT, title="t", executor=known.executor, approve_permission=known.approve_permission)
    with pytest.raises(ValueError):
        declare(
            action=PAY_OUT, title="t", executor="another.one", approve_permission=known.approve_permission
        )
