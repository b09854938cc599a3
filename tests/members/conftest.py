"""The real sandbox behind the real client, and shoppers in front of the real API."""

from collections.abc import Iterator
from typing import Any

import pytest

from members.models import Member
from shop.wechat import guard
from tests.members.shoppers import Browser, browser_of, new_member
from tests.sandbox_process import SandboxProcess
from tests.wechat.support import apply_merchant


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("sandbox")) as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess, settings: Any) -> Iterator[SandboxProcess]:
    """The shop is this sandbox's merchant; faults and switches are reset before and after."""
    apply_merchant(settings, sandbox_process.env)
    sandbox_process.offline(False)
    sandbox_process.reset()
    sandbox_process.settings(hold_callbacks=True)
    _fresh_guards()
    yield sandbox_process
    sandbox_process.offline(False)
    sandbox_process.reset()
    _fresh_guards()


def _fresh_guards() -> None:
    guard.breaker.cache_clear()
    guard.bulkhead.cache_clear()


@pytest.fixture
def member(db: None) -> Member:
    return new_member("o-member-of-tests", appid="wx-of-tests")


@pytest.fixture
def phone(member: Member) -> Browser:
    """The member's own phone, logged in."""
    return browser_of(member)


@pytest.fixture
def stranger(db: None) -> Browser:
    """Another member's phone."""
    return browser_of(new_member("o-somebody-else", appid="wx-of-tests"))
