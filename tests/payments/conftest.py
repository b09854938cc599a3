"""The real sandbox behind the real client, one process per test process; every test gets a clean
switchboard."""

from collections.abc import Callable, Iterator

import pytest
from pytest_django.fixtures import Settings

from shop.core import runtime
from shop.wechat import guard
from shop.wechat.http import Limits
from tests.payments.shopper import Shopper
from tests.sandbox_process import SandboxProcess

_PEM_SUFFIX = "_FILE"


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
    sandbox_process: SandboxProcess, settings: Settings, shifted: list[float]
) -> Iterator[SandboxProcess]:
    """The sandbox with default switches, and the shop configured as its merchant, on the same time."""
    settings.SHOP_CLOCK_OFFSET = int(sum(shifted))
    for name, value in sandbox_process.env.items():
        _configure(settings, name, value)
    sandbox_process.offline(False)
    sandbox_process.reset()
    # Callbacks go out when a test says so, never by themselves into the next test.
    sandbox_process.settings(hold_callbacks=True)
    guard.breaker.cache_clear()
    yield sandbox_process
    sandbox_process.offline(False)


def _configure(settings: Settings, name: str, value: str) -> None:
    if name.endswith(_PEM_SUFFIX):
        with open(value) as file:
            value = file.read().strip()
        name = name.removesuffix(_PEM_SUFFIX)
    setattr(settings, name, value.replace("\\n", "\n"))


@pytest.fixture
def shopper(sandbox: SandboxProcess, transactional_db: None) -> Shopper:
    """A member with a WeChat identity; the database is the real one, with real commits."""
    return Shopper(sandbox, openid=sandbox.create_user()["openid"])


@pytest.fixture
def shift_clock(settings: Settings, sandbox: SandboxProcess, shifted: list[float]) -> Callable[[float], None]:
    """Move business time, ours and the sandbox's."""

    def shift(seconds: float) -> None:
        shifted.append(int(seconds))
        settings.SHOP_CLOCK_OFFSET = int(sum(shifted))
        sandbox.advance(int(seconds))

    return shift


@pytest.fixture(autouse=True)
def fresh_runtime_settings() -> Iterator[None]:
    runtime.forget()
    yield
    runtime.forget()


@pytest.fixture
def quick_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A silent WeChat costs a second instead of ten; everything else stays as it is."""
    quick = Limits(connect=1.0, read=1.0, total=2.0, guarded=False)
    monkeypatch.setattr("shop.wechat.pay.client.BACKGROUND", quick)
