"""A shop with goods, a buyer with a phone and an address, and the real sandbox behind the real client."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shop.wechat import guard
from tests.orders.buyer import Buyer, new_buyer
from tests.sandbox_process import SandboxProcess
from tests.wechat.support import apply_merchant


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("sandbox")) as process:
        yield process


@pytest.fixture(scope="session")
def shifted() -> list[float]:
    """By how many seconds the sandbox's clock has been moved; it cannot be moved back."""
    return [0.0]


@pytest.fixture
def sandbox(
    sandbox_process: SandboxProcess, settings: Any, shifted: list[float], transactional_db: None
) -> Iterator[SandboxProcess]:
    """The shop is this sandbox's merchant, on the same time; the database commits for real."""
    settings.SHOP_CLOCK_OFFSET = int(sum(shifted))
    apply_merchant(settings, sandbox_process.env)
    sandbox_process.offline(False)
    sandbox_process.reset()
    sandbox_process.settings(hold_callbacks=True)
    guard.breaker.cache_clear()
    guard.bulkhead.cache_clear()
    yield sandbox_process
    sandbox_process.offline(False)


@pytest.fixture
def payer(sandbox: SandboxProcess) -> Buyer:
    """A buyer whom the sandbox knows, so that payments can be made."""
    return new_buyer(sandbox=sandbox)


@pytest.fixture
def buyer(db: None) -> Buyer:
    """A buyer who gets as far as an unpaid order."""
    return new_buyer()


@pytest.fixture
def stranger(buyer: Buyer) -> Buyer:
    """Another buyer."""
    return new_buyer()


@pytest.fixture
def shift_clock(
    settings: Any, request: pytest.FixtureRequest, shifted: list[float]
) -> Callable[[float], None]:
    """Move business time, and the sandbox's if the test has one."""
    moved = [float(settings.SHOP_CLOCK_OFFSET)]

    def shift(seconds: float) -> None:
        moved.append(seconds)
        settings.SHOP_CLOCK_OFFSET = int(sum(moved))
        if "sandbox" in request.fixturenames:
            shifted.append(int(seconds))
            request.getfixturevalue("sandbox").advance(int(seconds))

    return shift
