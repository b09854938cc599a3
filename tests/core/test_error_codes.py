"""The list of error codes is a contract: what the code can say and what the documentation lists are one."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import get_resolver
from django.utils import translation

from shop.core.errors import ShopError, all_error_codes

ROW = re.compile(r"^\| `([a-z_]+)` \| (\d{3}) \| (.+) \|$", re.MULTILINE)


def documented() -> dict[str, int]:
    text = (Path(settings.BASE_DIR) / "docs" / "errors.md").read_text(encoding="utf-8")
    return {code: int(status) for code, status, _meaning in ROW.findall(text)}


def ours() -> dict[str, type[ShopError]]:
    get_resolver("shop.urls").url_patterns  # noqa: B018  loads every view, and with it every refusal
    return {
        code: kind for code, kind in all_error_codes().items() if not kind.__module__.startswith("tests.")
    }


def test_every_code_is_documented_with_its_status_and_no_other():
    assert documented() == {code: kind.status for code, kind in ours().items()}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_code_has_a_title_and_a_possible_status(language: str):
    with translation.override(language):
        for code, kind in ours().items():
            assert re.fullmatch(r"[a-z][a-z_]+", code)
            assert 400 <= kind.status <= 503
            assert str(kind.title).strip()
