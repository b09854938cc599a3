"""The catalogues are complete, compiled, and say what the source says."""

import gettext
import re
from pathlib import Path

import pytest

from tests.admin_ui.catalogues import CATALOGUE, ROOT, THEME_CATALOGUE, message_ids, read_catalogue, sources

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def test_every_string_of_ours_has_a_chinese_translation() -> None:
    """Given every source file, when its strings are looked up, then each has a translation."""
    catalogue = read_catalogue(CATALOGUE)
    missing = {
        f"{path.relative_to(ROOT)}: {text!r}"
        for path in sources()
        for text in message_ids(path)
        if not all(catalogue.get(text, [""]))
    }
    assert sorted(missing) == []


def test_the_catalogue_holds_nothing_that_no_source_uses() -> None:
    used = {text for path in sources() for text in message_ids(path)} | {"Simplified Chinese", "English"}
    assert sorted(set(read_catalogue(CATALOGUE)) - used) == []


@pytest.mark.parametrize("path", [CATALOGUE, THEME_CATALOGUE], ids=["ours", "theme"])
def test_the_compiled_catalogue_is_up_to_date(path: Path) -> None:
    """Given the .po in the repository, then the .mo beside it holds exactly its translations."""
    with path.with_suffix(".mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    compiled: dict[str, list[str]] = {}
    for key, text in catalogue.items():
        compiled.setdefault(key[0] if isinstance(key, tuple) else key, []).append(text)
    compiled.pop("")
    assert compiled == read_catalogue(path)


@pytest.mark.parametrize("path", [CATALOGUE, THEME_CATALOGUE], ids=["ours", "theme"])
def test_translations_keep_the_placeholders(path: Path) -> None:
    """A lost placeholder would hide a number; an invented one would fail at run time."""
    wrong = {
        text: translations
        for text, translations in read_catalogue(path).items()
        for translation in translations
        if set(PLACEHOLDER.findall(translation)) - set(PLACEHOLDER.findall(text))
        or (
            "%(" in text
            and not set(PLACEHOLDER.findall(text)) - {"%(counter)s", "%(count)d"}
            <= set(PLACEHOLDER.findall(translation))
        )
    }
    assert wrong == {}
