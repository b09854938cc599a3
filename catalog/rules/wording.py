"""Copy that advertising law forbids or restricts: finds it for people to judge, never blocks."""

import functools
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).parent / "words" / "advertising.toml"
_CONTEXT = 8
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Finding:
    """A doubtful word: where it stands, which group of the list it is in, the law behind it, the context."""

    field: str
    word: str
    group: str
    law: str
    excerpt: str


@functools.cache
def _groups() -> dict[str, tuple[str, str]]:
    """Return each word, folded, with its group and law."""
    content = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {_fold(word): (name, group["law"]) for name, group in content.items() for word in group["words"]}


@functools.cache
def _pattern() -> re.Pattern[str]:
    # The longest word first, so that 全网第一 is found whole.
    words = sorted(_groups(), key=lambda word: (-len(word), word))
    return re.compile("|".join(re.escape(word) for word in words))


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def word_count() -> int:
    """Return how many words the list holds."""
    return len(_groups())


def words_pattern() -> str:
    """Return the words as a regular expression for the database, which folds case but not width."""
    return _pattern().pattern


def check_wording(texts: Mapping[str, str]) -> list[Finding]:
    """Return every doubtful word in ``texts`` (field name -> text; HTML tags are ignored), once per field."""
    findings: list[Finding] = []
    for field, text in texts.items():
        plain = _fold(_TAG.sub(" ", text))
        seen: set[str] = set()
        for match in _pattern().finditer(plain):
            word = match.group()
            if word in seen:
                continue
            seen.add(word)
            group, law = _groups()[word]
            excerpt = plain[max(0, match.start() - _CONTEXT) : match.end() + _CONTEXT].strip()
            findings.append(Finding(field, word, group, law, excerpt))
    return findings
