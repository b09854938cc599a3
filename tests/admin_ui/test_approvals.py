"""Held actions in the console: who sees them, who decides, and that a decision acts once."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from shop.core import approvals
from shop.core.actors import Actor
from shop.core.models import Approval, AuditEntry
from tests.admin_ui.conftest import Login, StaffMaker
from tests.shopfloor.models import Note

pytestmark = pytest.mark.django_db
LIST = "/admin/core/approval/"


@pytest.fixture(autouse=True)
def held_action(monkeypatch: pytest.MonkeyPatch) -> None:
    """Declare the tests' own action; whoever may run jobs may decide it."""
    monkeypatch.setattr(approvals._registry, "actions", dict(approvals._registry.actions))
    approvals.declare(
        action="shopfloor.write_note",
        title="Write a note",
        executor="tests.admin_ui.held.write_note",
        approve_permission="core.run_job",
    )


@pytest.fixture
def asked(staff: StaffMaker) -> Approval:
    return ask(staff("owner", "asker"))


def ask(user: User, **payload: Any) -> Approval:
    return approvals.hold(
        actor=Actor.staff(user),
        action="shopfloor.write_note",
        payload={"amount": 12345, **payload},
        subject=("shelf", f"S{Approval.objects.count()}"),
        reason="because",
    )


def test_the_second_person_sees_reads_and_approves(login: Login, asked: Approval) -> None:
    browser = login("operations")
    assert "需要第二人确认" in browser.get("/admin/").content.decode()
    page = browser.get(f"{LIST}{asked.pk}/change/").content.decode()
    assert "¥123.45" in page
    assert f"{LIST}{asked.pk}/approve/" in page
    browser.post(f"{LIST}{asked.pk}/approve/", {"reason": "fine"})
    asked.refresh_from_db()
    assert (asked.state, asked.decider_label, asked.decision_note) == ("approved", "operations", "fine")
    assert Note.objects.get().text == "asker / operations"
    again = browser.post(f"{LIST}{asked.pk}/approve/", {"reason": ""})
    assert "该审批已有结果" in again.content.decode()
    assert Note.objects.count() == 1
    assert f"{LIST}{asked.pk}/approve/" not in browser.get(f"{LIST}{asked.pk}/change/").content.decode()


def test_rejecting_needs_a_reason(login: Login, asked: Approval) -> None:
    browser = login("operations")
    without = browser.post(f"{LIST}{asked.pk}/reject/", {"reason": "  "})
    assert without.status_code == 200
    asked.refresh_from_db()
    assert asked.state == "pending"
    browser.post(f"{LIST}{asked.pk}/reject/", {"reason": "no need"})
    asked.refresh_from_db()
    assert (asked.state, asked.decision_note) == ("rejected", "no need")
    assert Note.objects.count() == 0


def test_the_asker_cannot_decide(login: Login) -> None:
    browser = login("owner")
    own = ask(User.objects.get(username="owner"))
    assert "需要第二人确认" not in browser.get("/admin/").content.decode()
    assert f"{LIST}{own.pk}/approve/" not in browser.get(f"{LIST}{own.pk}/change/").content.decode()
    answer = browser.post(f"{LIST}{own.pk}/approve/", {"reason": ""})
    assert "必须由另一位员工审批" in answer.content.decode()
    own.refresh_from_db()
    assert own.state == "pending"
    assert Note.objects.count() == 0


@pytest.mark.parametrize("role", ["service", "finance", "auditor", "warehouse", "clerk", None])
def test_whoever_lacks_the_actions_own_permission_cannot_decide(
    login: Login, asked: Approval, role: str | None
) -> None:
    before = AuditEntry.objects.count()
    browser = login(role)
    for decision in ("approve", "reject"):
        answer = browser.post(f"{LIST}{asked.pk}/{decision}/", {"reason": "x"})
        assert answer.status_code in (200, 403)
        assert answer.status_code == 403 or "您无权执行此操作" in answer.content.decode()
    asked.refresh_from_db()
    assert asked.state == "pending"
    assert (Note.objects.count(), AuditEntry.objects.count()) == (0, before)


def test_several_at_once_report_what_was_refused(login: Login, staff: StaffMaker) -> None:
    asker = staff("owner", "asker")
    ids = [ask(asker).pk, ask(asker, refuse=True).pk, ask(asker).pk]
    browser = login("operations")
    fields = {"action": "approve", "_selected_action": ids, "_confirmed": "1", "reason": ""}
    text = browser.post(LIST, fields, follow=True).content.decode()
    assert "已完成 2 条" in text
    assert "1 条被拒绝" in text
    assert "the shelf is empty" in text
    assert list(Approval.objects.order_by("pk").values_list("state", flat=True)) == [
        "approved",
        "pending",
        "approved",
    ]
    assert Note.objects.count() == 2
