"""The whole shop as a merchant runs it: a WeChat configuration, from a real sandbox."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from tests.sandbox_process import SandboxProcess


@pytest.fixture(scope="session")
def merchant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Settings that make the shop this sandbox's merchant."""
    with SandboxProcess(tmp_path_factory.mktemp("contract")) as sandbox:
        values = {
            name.removesuffix("_FILE"): Path(value).read_text() if name.endswith("_FILE") else value
            for name, value in sandbox.env.items()
        }
        with override_settings(**values):
            yield values
