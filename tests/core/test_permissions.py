"""Permissions and ready roles: asked each time, written once, the merchant's edits respected."""

import io
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from shop.core import permissions
from shop.core.access import role_group, sync_roles
from shop.core.actors import Actor
from shop.core.errors import Forbidden
from shop.core.models import ReadyRole, RoleGrant
from shop.core.permissions import Role, allowed, declare, declared, require

pytestmark = pytest.mark.django_db

PAY_OUT = "shopfloor.pay_out"


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A copy of the declared actions, to declare more in."""
    copy = dict(declared())
    monkeypatch.setattr(permissions._registry, "permissions", copy)
    return copy


def staff(users: Any, name: str, *roles: Role, **flags: Any) -> Actor:
    user = users.objects.create_user(name, password="x", is_staff=flags.pop("is_staff", True), **flags)
    user.groups.add(*(role_group(role) for role in roles))
    return Actor.staff(user)


def test_a_role_may_do_what_it_was_given_and_nothing_else(django_user_model: Any):
    sync_roles()
    service = staff(django_user_model, "service", Role.SERVICE)
    require(service, PAY_OUT)
    for codename in ("shopfloor.approve_pay_out", "core.change_setting", "core.manage_staff"):
        with pytest.raises(Forbidden):
            require(service, codename)
    assert allowed(service, PAY_OUT)
    assert not allowed(service, "core.manage_staff")


def test_the_owner_may_do_everything_declared(django_user_model: Any):
    sync_roles()
    owner = staff(django_user_model, "owner", Role.OWNER)
    assert [codename for codename in declared() if not allowed(owner, codename)] == []


def test_superuser_system_and_wechat_pass(django_user_model: Any):
    root = Actor.staff(django_user_model.objects.create_superuser("root", password="x"))
    for actor in (Actor.system("job"), Actor.wechat("pay"), root):
        require(actor, PAY_OUT)
        assert [codename for codename in declared() if not allowed(actor, codename)] == []


def test_members_strangers_and_dismissed_staff_are_refused(django_user_model: Any):
    sync_roles()
    dismissed = staff(django_user_model, "gone", Role.SERVICE, is_active=False)
    outsider = staff(django_user_model, "outsider", Role.SERVICE, is_staff=False)
    no_role = staff(django_user_model, "new")
    nobody = Actor("staff", 999_999, "nobody")
    for actor in (dismissed, outsider, no_role, nobody, Actor.member(1), Actor("staff", None, "x")):
        with pytest.raises(Forbidden):
            require(actor, PAY_OUT)
        assert not allowed(actor, PAY_OUT)


def test_a_member_with_the_id_of_a_permitted_user_is_still_a_member(django_user_model: Any):
    root = django_user_model.objects.create_superuser("root", password="x")
    with pytest.raises(Forbidden):
        require(Actor.member(root.pk), PAY_OUT)


def test_a_permission_taken_away_is_gone_at_once(django_user_model: Any):
    sync_roles()
    service = staff(django_user_model, "service", Role.SERVICE)
    require(service, PAY_OUT)
    role_group(Role.SERVICE).permissions.clear()
    with pytest.raises(Forbidden):
        require(service, PAY_OUT)


def test_an_undeclared_action_is_a_mistake_for_everybody():
    with pytest.raises(LookupError):
        require(Actor.system("job"), "shop.no_such_action")


@pytest.mark.parametrize("codename", ["nodot", "a." + "x" * 100])
def test_codenames_have_a_form(codename: str):
    with pytest.raises(ValueError):
        declare(codename=codename, title="t")


def test_declaring_twice_is_fine_only_when_equal(registry: dict[str, Any]):
    declare(codename="a.b", title="t", roles=(Role.CLERK,))
    declare(codename="a.b", title="t", roles=(Role.CLERK,))
    with pytest.raises(ValueError):
        declare(codename="a.b", title="t", roles=(Role.AUDITOR,))


def test_sync_writes_seven_roles_and_is_safe_to_repeat():
    sync_roles()
    assert {role.value for role in Role} == set(ReadyRole.objects.values_list("pk", flat=True))
    before = (Group.objects.count(), RoleGrant.objects.count(), Permission.objects.count())
    assert sync_roles().endswith("0 new grants")
    assert (Group.objects.count(), RoleGrant.objects.count(), Permission.objects.count()) == before
    assert Group.objects.count() == 7


def test_sync_keeps_what_the_merchant_edited(registry: dict[str, Any]):
    sync_roles()
    service, clerk = role_group(Role.SERVICE), role_group(Role.CLERK)
    given = Permission.objects.get(codename=PAY_OUT)
    service.permissions.remove(given)
    before = set(service.permissions.values_list("codename", flat=True))
    clerk.permissions.add(given)
    service.name = "Our front desk"
    service.save()
    declare(codename="shopfloor.brand_new", title="Brand new", roles=(Role.SERVICE,))
    sync_roles()
    names = set(role_group(Role.SERVICE).permissions.values_list("codename", flat=True))
    assert names == before | {"shopfloor.brand_new"}
    assert PAY_OUT not in names
    assert role_group(Role.SERVICE).name == "Our front desk"
    assert given in role_group(Role.CLERK).permissions.all()


def test_an_action_that_no_longer_exists_leaves_every_group(registry: dict[str, Any]):
    declare(codename="shopfloor.old", title="Old", roles=(Role.SERVICE,))
    sync_roles()
    del registry["shopfloor.old"]
    sync_roles()
    assert not Permission.objects.filter(codename="shopfloor.old").exists()


def test_a_deleted_ready_role_comes_back():
    sync_roles()
    role_group(Role.SERVICE).delete()
    sync_roles()
    assert role_group(Role.SERVICE).permissions.filter(codename=PAY_OUT).exists()


def test_sync_shop_runs_every_step_and_says_so():
    out = io.StringIO()
    call_command("sync_shop", stdout=out)
    assert "shop.core.access.sync_roles" in out.getvalue()
    assert "shop.core.jobs.sync_schedules" in out.getvalue()
    assert Group.objects.count() == 7


def test_load_demo_creates_one_owner_and_never_prints_a_chosen_password(
    django_user_model: Any, monkeypatch: pytest.MonkeyPatch, settings: Any
):
    settings.SHOP_DEMO_LOADERS = []
    monkeypatch.setenv("SHOP_ADMIN_USER", "boss")
    monkeypatch.setenv("SHOP_ADMIN_PASSWORD", "chosen-password-1")
    out = io.StringIO()
    call_command("load_demo", stdout=out)
    call_command("load_demo", stdout=out)
    user = django_user_model.objects.get()
    assert (user.username, user.is_superuser, user.check_password("chosen-password-1")) == (
        "boss",
        True,
        True,
    )
    assert "chosen-password-1" not in out.getvalue()


def test_load_demo_invents_and_prints_a_password_otherwise(
    django_user_model: Any, monkeypatch: pytest.MonkeyPatch, settings: Any
):
    settings.SHOP_DEMO_LOADERS = []
    monkeypatch.delenv("SHOP_ADMIN_USER", raising=False)
    monkeypatch.delenv("SHOP_ADMIN_PASSWORD", raising=False)
    out = io.StringIO()
    call_command("load_demo", stdout=out)
    (login,) = (line for line in out.getvalue().splitlines() if line.startswith("Console login: admin"))
    printed = login.rpartition(" ")[2]
    assert len(printed) >= 16
    assert django_user_model.objects.get(username="admin").check_password(printed)
