"""SHOP_ADMIN_PASSWORD on a shop that exists."""

import io

import pytest
from django.core.management import CommandError, call_command

from shop.core.models import AuditEntry

pytestmark = pytest.mark.django_db


def run() -> str:
    out = io.StringIO()
    call_command("set_console_password", stdout=out)
    return out.getvalue().strip()


@pytest.fixture
def owner(django_user_model):
    return django_user_model.objects.create_superuser(username="admin", email="", password="the-first-one")


def test_the_given_password_takes_the_place_of_the_old_one_once(owner, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SHOP_ADMIN_PASSWORD", "the-second-one")
    assert run() == "Password changed."
    assert run() == "Password unchanged."
    owner.refresh_from_db()
    assert owner.check_password("the-second-one")
    assert [(e.action, e.actor_label) for e in AuditEntry.objects.all()] == [
        ("core.set_owner_password", "set_console_password")
    ]


@pytest.mark.parametrize("field", ["is_superuser", "is_active"])
def test_nobody_but_an_active_owner_gets_it(owner, field: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SHOP_ADMIN_PASSWORD", "the-second-one")
    setattr(owner, field, False)
    owner.save()
    with pytest.raises(CommandError, match="admin"):
        run()
    owner.refresh_from_db()
    assert owner.check_password("the-first-one")
    assert not AuditEntry.objects.exists()


def test_an_empty_password_is_refused(owner, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SHOP_ADMIN_PASSWORD", raising=False)
    with pytest.raises(CommandError, match="empty"):
        run()
