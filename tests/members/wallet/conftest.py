"""The shop with the members' own wallet instead of the test-suite's purse."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from members.models import Member
from tests.members.shoppers import new_member
from tests.members.wallet.purses import Rich
from tests.sandbox_process import SandboxProcess
from tests.shopfloor import subscriptions


@pytest.fixture(autouse=True)
def members_wallet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "WALLET", "members.wallet.port.MemberWallet")


@pytest.fixture
def rich(member: Member) -> Rich:
    """A member with 100.00 of principal and 30.00 of gift money."""
    return Rich(member).given(principal=10_000, gift=3_000)


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """A sandbox of this folder's own, because its clock is moved and cannot be moved back."""
    with SandboxProcess(tmp_path_factory.mktemp("sandbox")) as process:
        yield process


@pytest.fixture(scope="session")
def shifted() -> list[int]:
    """By how many seconds the sandbox's clock has been moved."""
    return []


@pytest.fixture
def payer(sandbox: SandboxProcess, settings: Any, shifted: list[int], transactional_db: None) -> Rich:
    """A member whom the sandbox knows, on the same time; the database commits for real."""
    settings.SHOP_CLOCK_OFFSET = sum(shifted)
    return Rich(new_member(sandbox.create_user()["openid"]), sandbox)


@pytest.fixture
def shift_clock(settings: Any, request: pytest.FixtureRequest, shifted: list[int]) -> Callable[[float], None]:
    """Move the shop's business time, and the sandbox's if the test pays there."""

    def shift(seconds: float) -> None:
        settings.SHOP_CLOCK_OFFSET = int(settings.SHOP_CLOCK_OFFSET + seconds)
        if "payer" in request.fixturenames:
            shifted.append(int(seconds))
            request.getfixturevalue("sandbox").advance(int(seconds))

    return shift
