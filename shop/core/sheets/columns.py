"""What a sheet is made of: columns with a Chinese and an English heading, and limits."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import get_language


class Kind(StrEnum):
    """How a cell is read and written."""

    TEXT = "text"
    """Free text; whitespace around it is dropped."""
    CODE = "code"
    """A number plate: never a number. Full-width characters and whitespace in it are normalised."""
    YUAN = "yuan"
    """An amount in yuan with at most two decimals; read as fen."""
    WHOLE = "whole"
    """A whole number."""
    DECIMAL = "decimal"
    """A number with decimals."""
    FLAG = "flag"
    """是 / 否, yes / no."""
    CHOICE = "choice"
    """One of the column's ``choices``."""
    MOMENT = "moment"
    """A date with a time, Beijing time."""
    LIST = "list"
    """Several values, separated by 、 (also , and ;)."""
    PATH = "path"
    """A path such as 食品/茶叶."""
    PAIRS = "pairs"
    """Names with values: ``颜色:白;容量:500ml``."""
    FILES = "files"
    """File names or addresses, separated by ``;``."""
    HTML = "html"
    """Text that is kept to the letter."""


@dataclass(frozen=True)
class Column:
    """One column. ``parts``: in how many cells a long text may be continued (``商品详情``, ``商品详情2``)."""

    key: str
    zh: str
    en: str
    kind: Kind = Kind.TEXT
    note: str | Promise = ""
    example: str = ""
    required: bool = False
    width: int = 14
    max_length: int = 0
    parts: int = 1
    choices: Mapping[str, tuple[str, ...]] | None = None
    """Value -> its names; the first is Chinese, the second English, others are understood too."""
    aliases: tuple[str, ...] = ()

    def heading(self, language: str | None = None) -> str:
        """Return the heading in a language, the active one by default; Chinese unless it is English."""
        chosen = language or get_language() or ""
        return self.en if chosen.startswith("en") else self.zh

    @property
    def names(self) -> tuple[str, ...]:
        """Return everything that the heading may be called."""
        return (self.zh, self.en, self.key, *self.aliases)


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook; ``columns`` in the order in which they are written."""

    key: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    max_rows: int

    def title(self, language: str | None = None) -> str:
        """Return the sheet's title in a language (the active one by default)."""
        chosen = language or get_language() or ""
        return self.en if chosen.startswith("en") else self.zh

    def column(self, key: str) -> Column:
        """Return the column ``key``; raises ``KeyError``."""
        return next_or_key_error((column for column in self.columns if column.key == key), key)

    @property
    def names(self) -> tuple[str, ...]:
        """Return everything that the sheet may be called."""
        return (self.zh, self.en, self.key)


def next_or_key_error(columns: Iterable[Column], key: str) -> Column:
    """Return the first column; raises ``KeyError`` naming ``key`` when there is none."""
    for column in columns:
        return column
    raise KeyError(key)


def folded(heading: object) -> str:
    """Return a heading as it is compared: no full width, whitespace, capitals or mark of required."""
    text = unicodedata.normalize("NFKC", str(heading)).casefold()
    return "".join(text.replace("*", "").split())
