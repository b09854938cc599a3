"""The shop with the members' own wallet instead of the test-suite's purse."""

from collections.abc import Callable
from typing import Any

import pytest

from members.models import Member
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


@pytest.fixture
def payer(sandbox: SandboxProcess, transactional_db: None) -> Rich:
    """A member whom the sandbox knows, so that recharges can be paid; the database commits for real."""
    from tests.members.shoppers import new_member

    openid = sandbox.create_user()["openid"]
    return Rich(new_member(openid), sandbox)


@pytest.fixture
def shift_clock(settings: Any) -> Callable[[float], None]:
    """Move the shop's business time."""

    def shift(seconds: float) -> None:
        settings.SHOP_CLOCK_OFFSET = int(settings.SHOP_CLOCK_OFFSET + seconds)

    return shift
