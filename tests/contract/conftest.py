"""The contract is tested on a shop that has a merchant and no rate limits."""

from typing import Any

import pytest

from tests.sandbox_process import SandboxProcess
from tests.wechat.support import apply_merchant


@pytest.fixture(scope="session")
def merchant(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Keys of a merchant, so that callbacks are judged by their signatures."""
    return SandboxProcess(tmp_path_factory.mktemp("merchant")).initialise()


@pytest.fixture(autouse=True)
def configured(settings: Any, merchant: dict[str, str]) -> None:
    apply_merchant(settings, merchant)
    settings.SHOP_THROTTLE_SCALE = 10**6
