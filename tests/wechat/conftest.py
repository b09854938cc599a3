"""A real sandbox process for this folder, and the shop's settings pointed at it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shop.core import redis as core_redis
from shop.wechat import guard
from tests.sandbox_process import SandboxProcess
from tests.wechat.support import apply_merchant


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("sandbox")) as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess, settings) -> Iterator[SandboxProcess]:
    """The shop is this sandbox's merchant; faults and switches are reset before and after."""
    sandbox_process.reset()
    apply_merchant(settings, sandbox_process.env)
    fresh_guards()
    yield sandbox_process
    sandbox_process.reset()
    fresh_guards()


def fresh_guards() -> None:
    """Breakers and bulkhead of this process start anew; Redis is asked at once."""
    guard.breaker.cache_clear()
    guard.bulkhead.cache_clear()
    core_redis.resume()


@pytest.fixture(autouse=True)
def clean_redis() -> None:
    core_redis.resume()
    core_redis.client().flushdb()


@pytest.fixture
def vectors() -> Path:
    return Path(__file__).parent / "vectors"
