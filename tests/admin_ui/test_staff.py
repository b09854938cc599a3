"""Accounts and roles: nobody gives more than they hold, the last owner stays, passwords are private."""

import re
import threading
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.urls import reverse

from admin_ui.errors import BeyondOwnRights, LastOwner, OwnAccount, RoleFixed
from admin_ui.staff import rules, services
from shop.core.access import role_group, sync_roles
from shop.core.actors import Actor
from shop.core.errors import Forbidden, InvalidInput, NotFound
from shop.core.models import AuditEntry
from shop.core.permissions import Role
from tests.admin_ui.conftest import PASSWORD, Login, StaffMaker
from tests.storms import raised, storm

pytestmark = pytest.mark.django_db
LIST = "/admin/auth/user/"


@pytest.fixture
def owner(staff: StaffMaker) -> Actor:
    return Actor.staff(staff("owner"))


@pytest.fixture
def deputy(staff: StaffMaker) -> Actor:
    """Somebody who may manage staff and, besides, holds only what the warehouse holds."""
    user = staff("warehouse", "deputy")
    personnel = Group.objects.create(name="personnel")
    services.change_role(
        actor=Actor.system("test"), role_id=personnel.pk, codenames={"core.manage_staff", "core.view_staff"}
    )
    user.groups.add(personnel)
    AuditEntry.objects.none()
    return Actor.staff(user)


def groups(*roles: Role) -> list[Group]:
    return [role_group(role) for role in roles]


def test_open_an_account_and_choose_a_password(login: Login) -> None:
    """Given an owner, when they open an account, then a link shown once lets its person choose a password."""
    browser = login("owner")
    fields = {"username": "li", "first_name": "小李", "roles": [role_group(Role.SERVICE).pk]}
    page = browser.post(f"{LIST}add/", fields)
    link = re.search(r"http://testserver(/admin/password/[^<\s]+)", page.content.decode())
    assert link is not None
    user = User.objects.get(username="li")
    assert (user.first_name, user.is_staff, user.is_superuser, user.has_usable_password()) == (
        "小李",
        True,
        False,
        False,
    )
    assert [group.name for group in user.groups.all()] == ["客服"]

    colleague = Client()
    chosen = colleague.get(link[1], follow=True)
    done = colleague.post(
        chosen.request["PATH_INFO"], {"new_password1": "tea-at-noon-9", "new_password2": "tea-at-noon-9"}
    )
    assert done.headers["Location"] == "/admin/login/"
    assert colleague.login(username="li", password="tea-at-noon-9")
    again = Client().get(link[1], follow=True)
    assert "此链接已被使用或已过期" in again.content.decode()
    actions = list(AuditEntry.objects.order_by("id").values_list("action", "actor_label"))
    assert actions == [("core.create_staff", "owner"), ("core.choose_password", "li")]
    assert "tea-at-noon" not in str(list(AuditEntry.objects.values()))


def test_a_weak_password_is_refused(login: Login, owner: Actor) -> None:
    user = services.create_staff(actor=owner, username="li", name="", roles=[])
    account, token = services.password_link(user)
    browser = Client()
    page = browser.get(reverse("admin:choose_password", args=[account, token]), follow=True)
    answer = browser.post(page.request["PATH_INFO"], {"new_password1": "123", "new_password2": "123"})
    assert answer.status_code == 200
    user.refresh_from_db()
    assert not user.has_usable_password()


def test_a_taken_name_is_refused_beside_the_field(login: Login) -> None:
    browser = login("owner")
    answer = browser.post(f"{LIST}add/", {"username": "OWNER", "first_name": "x"})
    assert answer.status_code == 200
    assert "该用户名已被使用" in answer.content.decode()
    assert User.objects.count() == 1
    assert AuditEntry.objects.count() == 0


def test_changing_roles_holds_at_once(login: Login, staff: StaffMaker) -> None:
    boss, clerk = login("owner"), staff("clerk")
    person = Client()
    person.force_login(clerk)
    assert person.get("/admin/operations/").status_code == 403
    boss.post(f"{LIST}{clerk.pk}/change/", {"first_name": "小王", "roles": [role_group(Role.OPERATIONS).pk]})
    assert person.get("/admin/operations/").status_code == 200
    entry = AuditEntry.objects.get()
    assert entry.before == {"display_name": "", "roles": ["店员"]}
    assert entry.after == {"display_name": "小王", "roles": ["运营"]}


def test_shutting_an_account_ends_its_session(login: Login, staff: StaffMaker) -> None:
    boss, clerk = login("owner"), staff("clerk")
    person = Client()
    person.force_login(clerk)
    asked = boss.get(f"{LIST}{clerk.pk}/disable/")
    assert "立即退出登录" in asked.content.decode()
    assert User.objects.get(pk=clerk.pk).is_active
    boss.post(f"{LIST}{clerk.pk}/disable/", {"reason": "left"})
    assert person.get("/admin/").status_code == 302
    assert AuditEntry.objects.get().reason == "left"
    boss.post(f"{LIST}{clerk.pk}/enable/", {"reason": ""})
    assert User.objects.get(pk=clerk.pk).is_active


def test_resetting_makes_the_old_password_and_the_sessions_worthless(login: Login, staff: StaffMaker) -> None:
    boss, clerk = login("owner"), staff("clerk")
    person = Client()
    assert person.login(username="clerk", password=PASSWORD)
    page = boss.post(f"/admin/staff/{clerk.pk}/password/", {"reason": "forgot"})
    assert "/admin/password/" in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]
    assert person.get("/admin/").status_code == 302
    assert not Client().login(username="clerk", password=PASSWORD)
    assert AuditEntry.objects.get().action == "core.reset_password"


def test_the_last_owner_stays(owner: Actor, staff: StaffMaker) -> None:
    second = staff("owner", "second")
    assert owner.id is not None
    services.disable_staff(actor=Actor.staff(second), user_id=owner.id, reason="")
    with pytest.raises(OwnAccount):
        services.disable_staff(actor=Actor.staff(second), user_id=second.pk, reason="")
    with pytest.raises(LastOwner):
        services.disable_staff(actor=Actor.system("test"), user_id=second.pk, reason="")
    with pytest.raises(LastOwner):
        services.change_staff(actor=Actor.staff(second), user_id=second.pk, name="", roles=groups(Role.CLERK))
    second.refresh_from_db()
    assert second.is_active
    assert [group.name for group in second.groups.all()] == ["店主"]
    assert AuditEntry.objects.count() == 1


def test_the_last_owner_message_is_shown_in_the_console(login: Login) -> None:
    browser = login("owner")
    own = User.objects.get()
    answer = browser.post(f"{LIST}{own.pk}/change/", {"first_name": "", "roles": []})
    assert "这是店铺最后一位店主" in answer.content.decode()
    assert own.groups.count() == 1


def test_nobody_gives_or_gets_at_more_than_they_hold(deputy: Actor, staff: StaffMaker) -> None:
    boss, clerk = staff("owner"), staff("clerk")
    before = AuditEntry.objects.count()
    with pytest.raises(BeyondOwnRights):
        services.create_staff(actor=deputy, username="spy", name="", roles=groups(Role.OWNER))
    with pytest.raises(BeyondOwnRights):
        services.change_staff(actor=deputy, user_id=int(deputy.id or 0), name="", roles=groups(Role.FINANCE))
    with pytest.raises(BeyondOwnRights):
        services.reset_password(actor=deputy, user_id=boss.pk)
    with pytest.raises(BeyondOwnRights):
        services.disable_staff(actor=deputy, user_id=boss.pk, reason="")
    role = Group.objects.get(name="personnel")
    with pytest.raises(BeyondOwnRights):
        services.change_role(
            actor=deputy,
            role_id=role.pk,
            codenames={"core.manage_staff", "core.view_staff", "core.change_setting"},
        )
    assert not User.objects.filter(username="spy").exists()
    assert boss.check_password(PASSWORD)
    assert AuditEntry.objects.count() == before
    assert clerk.is_active


def test_a_shut_superior_is_still_out_of_reach(deputy: Actor, staff: StaffMaker) -> None:
    """A disabled owner must not be taken over by resetting the password and opening the account again."""
    boss = staff("owner")
    User.objects.filter(pk=boss.pk).update(is_active=False)
    for act in (services.enable_staff, services.disable_staff):
        with pytest.raises(BeyondOwnRights):
            act(actor=deputy, user_id=boss.pk, reason="")
    with pytest.raises(BeyondOwnRights):
        services.reset_password(actor=deputy, user_id=boss.pk)


@pytest.mark.parametrize("role", ["operations", "service", "warehouse", "finance", "clerk", "auditor"])
def test_other_roles_manage_nobody(login: Login, staff: StaffMaker, role: str) -> None:
    colleague = staff("owner", "boss")
    browser = login(role)
    role_id = role_group(Role.CLERK).pk
    contained = set(Group.objects.get(pk=role_id).permissions.values_list("codename", flat=True))
    posts: tuple[tuple[str, dict[str, Any]], ...] = (
        (f"{LIST}add/", {"username": "spy", "roles": [role_group(Role.OWNER).pk]}),
        (f"{LIST}{colleague.pk}/change/", {"first_name": "x", "roles": []}),
        (f"{LIST}{colleague.pk}/disable/", {"reason": "x"}),
        (f"{LIST}{colleague.pk}/enable/", {"reason": "x"}),
        (f"/admin/staff/{colleague.pk}/password/", {"reason": "x"}),
        ("/admin/roles/", {"name": "spies"}),
        (f"/admin/roles/{role_id}/", {"actions": ["core.change_setting"]}),
    )
    for path, fields in posts:
        assert browser.post(path, fields).status_code in (200, 302, 403), path
    colleague.refresh_from_db()
    assert (colleague.first_name, colleague.is_active, colleague.check_password(PASSWORD)) == ("", True, True)
    assert [group.name for group in colleague.groups.all()] == ["店主"]
    assert not User.objects.filter(username="spy").exists()
    assert not Group.objects.filter(name="spies").exists()
    assert set(Group.objects.get(pk=role_id).permissions.values_list("codename", flat=True)) == contained
    assert AuditEntry.objects.count() == 0


def test_accounts_are_never_deleted(login: Login) -> None:
    browser = login("owner")
    own = User.objects.get()
    assert browser.post(f"{LIST}{own.pk}/delete/", {"post": "yes"}).status_code == 403
    browser.post(LIST, {"action": "delete_selected", "_selected_action": [own.pk], "post": "yes"})
    assert User.objects.filter(pk=own.pk).exists()


def test_edit_a_role(login: Login, staff: StaffMaker) -> None:
    browser = login("owner")
    page = browser.post("/admin/roles/", {"name": "夜班"}, follow=True)
    assert "夜班" in page.content.decode()
    role = Group.objects.get(name="夜班")
    browser.post(
        f"/admin/roles/{role.pk}/", {"actions": ["core.run_job", "core.see_operations"], "reason": "night"}
    )
    assert set(role.permissions.values_list("codename", flat=True)) == {"core.run_job", "core.see_operations"}
    browser.post(f"/admin/roles/{role.pk}/", {"actions": ["core.run_job"]})
    assert set(role.permissions.values_list("codename", flat=True)) == {"core.run_job"}
    last = AuditEntry.objects.first()
    assert last is not None
    assert (last.before, last.after) == ({"removed": ["core.see_operations"]}, {"added": []})
    matrix = browser.get("/admin/roles/").content.decode()
    assert "夜班" in matrix


def test_what_the_merchant_took_from_a_role_stays_away(owner: Actor) -> None:
    auditor = role_group(Role.AUDITOR)
    left = set(auditor.permissions.values_list("codename", flat=True)) - {"core.view_staff"}
    services.change_role(actor=owner, role_id=auditor.pk, codenames=left)
    sync_roles()
    assert set(auditor.permissions.values_list("codename", flat=True)) == left


def test_the_owner_role_is_fixed_and_names_are_unique(owner: Actor) -> None:
    with pytest.raises(RoleFixed):
        services.change_role(actor=owner, role_id=role_group(Role.OWNER).pk, codenames=set())
    for name in ("店主", "  ", "x" * 151):
        with pytest.raises(InvalidInput):
            services.create_role(actor=owner, name=name)
    with pytest.raises(InvalidInput):
        services.change_role(actor=owner, role_id=role_group(Role.CLERK).pk, codenames={"core.no_such_thing"})
    with pytest.raises(NotFound):
        services.change_role(actor=owner, role_id=0, codenames=set())
    with pytest.raises(Forbidden):
        services.create_role(actor=Actor.member(1), name="x")
    assert AuditEntry.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False])
def test_two_owners_who_shut_each_other_at_once(
    staff: StaffMaker, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    """Given two owners, when each shuts the other at the same moment, then one of them remains.

    Negative control: without the lock on the owners both succeed, and nobody is left.
    """
    first, second = staff("owner", "first"), staff("owner", "second")
    ready = threading.Barrier(2, timeout=20)
    checked = rules.require_owner_left

    def check_then_wait(*, after_losing: User) -> None:
        checked(after_losing=after_losing)
        if not locked:
            ready.wait()

    monkeypatch.setattr(rules, "require_owner_left", check_then_wait)
    if not locked:
        monkeypatch.setattr(rules, "lock_owners", lambda: None)
    outcomes: list[str] = []

    def shut(actor: User, other: User) -> None:
        if locked:
            ready.wait()
        try:
            services.disable_staff(actor=Actor.staff(actor), user_id=other.pk, reason="")
            outcomes.append("done")
        except (LastOwner, Forbidden) as refusal:
            outcomes.append(type(refusal).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=shut, args=pair) for pair in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    left = User.objects.filter(is_active=True).count()
    if locked:
        assert left == 1
        assert outcomes.count("done") == 1
    else:
        assert left == 0
        assert outcomes == ["done", "done"]


@pytest.mark.django_db(transaction=True)
def test_one_name_for_eight_at_once_goes_to_one_of_them():
    boss = Actor.staff(User.objects.create_superuser("boss", password="x"))
    makers = (
        lambda _number: services.create_role(actor=boss, name="仓库"),
        lambda _number: services.create_staff(actor=boss, username="xiaoli", name="小李", roles=()),
    )
    for make in makers:
        refused = raised(storm(make, threads=8))
        assert [type(error) for error in refused] == [InvalidInput] * 7
    assert (Group.objects.filter(name="仓库").count(), User.objects.filter(username="xiaoli").count()) == (
        1,
        1,
    )
