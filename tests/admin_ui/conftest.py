"""Staff of every role, and browsers logged in as them."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from shop.core.access import role_group, sync_roles
from shop.core.permissions import Role

StaffMaker = Callable[..., User]
Login = Callable[..., Client]
PASSWORD = "correct-horse-7"


@pytest.fixture
def roles(db: None) -> None:
    """The seven ready roles, as ``sync_shop`` writes them."""
    sync_roles()


@pytest.fixture
def staff(roles: None) -> StaffMaker:
    """Return a maker of colleagues: ``staff("owner")``, ``staff("clerk", "li")``, ``staff(None)``."""

    def make(role: str | None, username: str = "") -> User:
        name = username or role or "nobody"
        user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
        if role:
            user.groups.add(role_group(Role(role)))
        return user

    return make


@pytest.fixture
def login(staff: StaffMaker) -> Login:
    """Return a maker of logged-in browsers; ``language`` is what the browser prefers."""

    def enter(role: str | None, username: str = "", language: str = "zh-CN") -> Client:
        client = Client(headers={"accept-language": language})
        client.force_login(staff(role, username))
        return client

    return enter
