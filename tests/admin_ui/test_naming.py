"""Whatever the audit record, approvals and roles hold as codes, people read as words of their language."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import translation

from shop.core import audit, clock
from shop.core.access import role_title, sync_roles
from shop.core.actors import Actor
from shop.core.models import Approval
from shop.core.naming import ACTORS, SUBJECTS, action_title, actor_key_title, actor_title, subject_title
from shop.core.permissions import declared
from tests.admin_ui.conftest import Login
from tests.contract.test_rooms import FLOORS, sources

CHINESE = re.compile(r"[\u3400-\u9fff]")
CODE = re.compile(r"[a-z_]+(\.[a-z_]+)+|[a-z]+_[a-z_]+")


def calls(name: str, *, of: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call ``of.name(...)`` in the code, with the module it stands in."""
    for path, text in sources(*FLOORS):
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            owner = node.func.value
            if node.func.attr == name and isinstance(owner, ast.Name) and owner.id == of:
                yield ".".join(Path(path).with_suffix("").parts), node


def codes(module: str, value: ast.expr) -> set[str]:
    """What an expression may be: texts, constants of its module, and choices between them."""
    if isinstance(value, ast.Constant):
        return {str(value.value)}
    if isinstance(value, ast.IfExp):
        return codes(module, value.body) | codes(module, value.orelse)
    if isinstance(value, ast.Name):
        found = getattr(importlib.import_module(module), value.id, None)
        return {found} if isinstance(found, str) else set()
    return set()


def recorded() -> set[str]:
    """Every action code that the shop's code writes into the audit record."""
    found: set[str] = set()
    unknown: list[str] = []
    for module, call in calls("record", of="audit"):
        value = next(word.value for word in call.keywords if word.arg == "action")
        here = codes(module, value)
        found |= here
        unknown += [] if here else [module]
    # These are told the action: by a page's permissions, by approvals' own verbs, by the kind of workbook.
    assert set(unknown) == {"shop.core.console.admin", "shop.core.approvals", "shop.core.sheets.runs"}
    return found | {f"approvals.{verb}" for verb in ("hold", "approve", "reject", "expire")}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_action_on_record_has_a_name_in_both_languages(language: str) -> None:
    actions = recorded() | {name for name in declared() if not name.startswith("shopfloor.")}
    assert {"members.bind_phone", "orders.ship_order", "core.resume_job"} <= actions
    with translation.override(language):
        names = {action: action_title(action) for action in actions}
    assert {action for action, name in names.items() if name == action} == set()
    assert {
        action for action, name in names.items() if bool(CHINESE.search(name)) != (language == "zh-hans")
    } == set()


def test_every_part_of_the_shop_that_acts_has_a_name() -> None:
    labels = {code for module, call in calls("system", of="Actor") for code in codes(module, call.args[0])}
    assert {"orders.cancel", "load_demo"} <= labels
    assert labels - set(ACTORS) == set()


def test_actors_are_named_by_kind() -> None:
    with translation.override("en"):
        assert actor_title("system", "orders.cancel") == "Cancelling of orders"
        assert actor_title("system", "somebody's script") == "somebody's script"
        assert actor_title("staff", "payments") == "payments"
        assert actor_title("member", "member 12") == actor_key_title("member:12") == "Member 12"
        assert actor_key_title("staff:7") == "Colleague 7"
        assert actor_key_title("system:payments") == "Payments"
        assert actor_title("wechat", "refund.notify") == "WeChat"


def test_subjects_are_named_by_their_table_or_their_word() -> None:
    with translation.override("en"):
        assert subject_title("orders.order") == "Order"
        assert subject_title("setting") == str(SUBJECTS["setting"]) == "Setting"
        assert [subject_title(kind) for kind in ("nowhere.nothing", "thing", "")] == [
            "nowhere.nothing", "thing", "",
        ]  # fmt: skip


@pytest.mark.django_db
def test_the_audit_list_speaks_in_words(login: Login) -> None:
    audit.record(actor=Actor.member(12), action="members.bind_phone", subject=("members.member", "12"))
    audit.record(
        actor=Actor.system("orders.expire"), action="payments.close_payable", subject=("order", "A1")
    )
    english = login("owner", language="en").get("/admin/core/auditentry/").content.decode()
    chinese = login("auditor", language="zh-CN").get("/admin/core/auditentry/").content.decode()
    for words in ("Bind a phone number", "Member 12", "Expiry of unpaid orders (the shop)", "Order A1"):
        assert words in english, words
    for words in ("绑定手机号", "会员 12", "未付款订单到期（系统）", "订单 A1"):
        assert words in chinese, words


@pytest.mark.django_db
def test_a_held_action_names_who_asks_and_what_about(login: Login) -> None:
    held = Approval.objects.create(
        action="payments.refund_payment", payload={"amount": 5}, subject_kind="payments.payment",
        subject_id="P1:cancel", requester_kind="system", requester_label="orders.cancel",
        requested_at=clock.now(), expires_at=clock.now(),
    )  # fmt: skip
    for path in ("core_approval_changelist", "core_approval_change"):
        address = reverse(f"admin:{path}", args=[held.pk] if path.endswith("change") else [])
        text = login("owner", path, language="en").get(address).content.decode()
        assert "Cancelling of orders" in text
        assert "Payment P1:cancel" in text
        assert "orders.cancel" not in text


@pytest.mark.django_db
def test_ready_roles_are_named_in_the_readers_language_unless_renamed(login: Login) -> None:
    sync_roles()
    finance = Group.objects.get(ready_role__key="finance")
    auditor = Group.objects.get(ready_role__key="auditor")
    auditor.name = "外部审计 2026"
    auditor.save()
    own = Group.objects.create(name="Interns")
    with translation.override("en"):
        assert [role_title(role) for role in (finance, auditor, own)] == [
            "Finance", "外部审计 2026", "Interns",
        ]  # fmt: skip
    with translation.override("zh-hans"):
        assert role_title(finance) == "财务"

    browser = login("owner", language="en")
    for path in ("/admin/roles/", "/admin/auth/user/", "/admin/auth/user/add/"):
        text = browser.get(path).content.decode()
        assert "Finance" in text, path
        assert "财务" not in text, path
    assert browser.get(f"/admin/roles/{finance.pk}/").context["title"] == "Finance"


@pytest.mark.django_db
def test_staff_are_found_by_role(login: Login) -> None:
    browser = login("owner")
    login("finance")
    role = Group.objects.get(ready_role__key="finance").pk
    for query, found in ((f"?role={role}", ["finance"]), ("?role=x", ["finance", "owner"])):
        page = browser.get(f"/admin/auth/user/{query}")
        assert [row.username for row in page.context["cl"].result_list] == found
