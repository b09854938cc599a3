"""One cell to one value, and back. Values are plain: they go into JSON as they are."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.money import format_yuan, parse_yuan
from shop.core.sheets import escaping
from shop.core.sheets.columns import Column, Kind

Value = Any
"""``None`` for an empty cell; else str, int, bool, list of str, or list of pairs, by the column's kind."""

_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")
_WHOLE = re.compile(r"[-+]?\d{1,15}(?:\.0+)?", re.ASCII)
_DECIMAL = re.compile(r"[-+]?\d{1,9}(?:\.\d{1,9})?", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,6}))?)?)?",
    re.ASCII,
)
_YES = frozenset({"是", "yes", "y", "true", "1", "√", "✓", "有", "on"})
_NO = frozenset({"否", "no", "n", "false", "0", "×", "x", "无", "off"})
_EXACT_DIGITS = 15
"""Significant digits that a number cell keeps."""

_ERRORS = frozenset({"#N/A", "#REF!", "#NAME?", "#DIV/0!", "#VALUE!", "#NUM!", "#NULL!", "#SPILL!"})


class CellError(ValueError):
    """A cell that cannot be read; ``code`` is stable, ``message`` is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


def read_cell(column: Column, raw: object) -> Value:
    """Return the value of a cell as calamine gives it; ``None`` when it is empty. Raises ``CellError``."""
    if raw is None or raw == "":
        return None
    if isinstance(raw, str) and raw in _ERRORS:
        raise CellError("formula_error", _("The formula of this cell has an error."))
    if isinstance(raw, str) and "\x00" in raw:
        raise CellError("null_characters_not_allowed", _("Null characters are not allowed."))
    value = _READERS[column.kind](column, raw)
    if isinstance(value, str) and column.max_length and len(value) > column.max_length:
        raise CellError(
            "max_length", _("At most %(count)d characters are possible.") % {"count": column.max_length}
        )
    return None if value in ("", []) else value


def write_cell(column: Column, value: Value) -> str | int | float | None:
    """Return what is written into a cell; numbers stay numbers, all text is safe to open."""
    if value is None or value in ("", []):
        return None
    if column.kind is Kind.YUAN:
        return int(value) / 100
    if column.kind is Kind.WHOLE:
        return int(value)
    return escaping.encode_text(escaping.escape_formula(as_text(column, value)))


def as_text(column: Column, value: Value) -> str:
    """Return a value as people read it, in a difference or in a cell."""
    if value is None:
        return ""
    writer = _WRITERS.get(column.kind)
    return str(value) if writer is None else writer(column, value)


def text_of(raw: object) -> str:
    """Return a raw cell as text: a number without exponent, a date as written."""
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, int | float):
        return _number_text(raw)
    if isinstance(raw, datetime):
        return raw.isoformat(sep=" ")
    return escaping.unescape_formula(str(raw))


def plain_text(raw: object) -> str:
    """Return a raw cell as text with full-width characters and stray whitespace made ordinary."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text_of(raw))).strip()


def _number_text(number: float) -> str:
    """Return a number as it was typed: binary noise beyond fifteen digits dropped, no exponent."""
    text = f"{number:.{_EXACT_DIGITS}g}"
    if "e" in text:
        text = f"{number:.20f}".rstrip("0") if abs(number) < 1 else f"{number:.0f}"
    return text.rstrip(".") or "0"


def _text(_column: Column, raw: object) -> str:
    return text_of(raw).strip()


def _kept(_column: Column, raw: object) -> str:
    text = text_of(raw)
    return text if text.strip() else ""


def _code(_column: Column, raw: object) -> str:
    if isinstance(raw, int | float) and abs(raw) >= 10**_EXACT_DIGITS:
        raise CellError(
            "digits_lost", _("The cell is a number and lost its last digits: format the column as text.")
        )
    return "".join(plain_text(raw).split())


def _yuan(_column: Column, raw: object) -> int | None:
    text = plain_text(raw).removesuffix("元").strip()
    if not text:
        return None
    try:
        return parse_yuan(text)
    except ValueError as error:
        raise CellError(
            "invalid_amount", _("This is not an amount in yuan with at most two decimals.")
        ) from error


def _whole(_column: Column, raw: object) -> int | None:
    text = plain_text(raw).replace(",", "")
    if not text:
        return None
    if not _WHOLE.fullmatch(text):
        raise CellError("invalid_number", _("A whole number is required."))
    return int(text.partition(".")[0])


def _decimal(_column: Column, raw: object) -> str | None:
    text = plain_text(raw)
    if text and not _DECIMAL.fullmatch(text):
        raise CellError("invalid_number", _("A number is required."))
    return text or None


def _flag(_column: Column, raw: object) -> bool | None:
    text = plain_text(raw).casefold()
    if not text:
        return None
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise CellError("invalid_flag", _("Yes or no is required."))


def _choice(column: Column, raw: object) -> str | None:
    text = plain_text(raw).casefold()
    for value, names in (column.choices or {}).items():
        if text == value or text in (name.casefold() for name in names):
            return value
    if not text:
        return None
    allowed = "、".join(names[0] for names in (column.choices or {}).values())
    raise CellError("invalid_choice", _("Possible values: %(values)s.") % {"values": allowed})


def _moment(_column: Column, raw: object) -> str | None:
    if isinstance(raw, datetime):
        return _beijing(raw)
    if isinstance(raw, date):
        return _beijing(datetime(raw.year, raw.month, raw.day))  # noqa: DTZ001  Beijing time is set there
    text = plain_text(raw)
    if not text:
        return None
    match = _MOMENT.fullmatch(text)
    try:
        if match is None:
            return _beijing(datetime.fromisoformat(text))
        numbers = [int(found or 0) for found in match.groups()[:6]]
        fraction = (match[7] or "").ljust(6, "0")[:6]
        return _beijing(datetime(*numbers, int(fraction)))  # type: ignore[arg-type, call-arg]  # noqa: DTZ001
    except ValueError as error:
        raise CellError(
            "invalid_moment", _("A date with a time is required, such as 2026-11-01 10:00.")
        ) from error


def _beijing(moment: datetime) -> str:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=clock.BEIJING)
    return aware.astimezone(clock.BEIJING).isoformat()


def _list(_column: Column, raw: object) -> list[str]:
    return list(dict.fromkeys(escaping.split_list(text_of(raw))))


def _path(_column: Column, raw: object) -> list[str]:
    return escaping.split_list(text_of(raw), separators=escaping.PATH_SEPARATORS)


def _files(_column: Column, raw: object) -> list[str]:
    return escaping.split_list(text_of(raw), separators=escaping.FILE_SEPARATORS)


def _pairs(_column: Column, raw: object) -> list[list[str]]:
    try:
        pairs = escaping.split_pairs(text_of(raw))
    except ValueError as error:
        raise CellError(
            "not_a_pair", _("Write name:value, several separated by ;. Wrong: %(part)s") % {"part": error}
        ) from error
    names = [name for name, _value in pairs]
    if len(set(names)) != len(names):
        raise CellError("duplicate_name", _("A name is given twice."))
    return [list(pair) for pair in pairs]


_READERS: Mapping[Kind, Callable[[Column, object], Value]] = {
    Kind.TEXT: _text,
    Kind.HTML: _kept,
    Kind.CODE: _code,
    Kind.YUAN: _yuan,
    Kind.WHOLE: _whole,
    Kind.DECIMAL: _decimal,
    Kind.FLAG: _flag,
    Kind.CHOICE: _choice,
    Kind.MOMENT: _moment,
    Kind.LIST: _list,
    Kind.PATH: _path,
    Kind.FILES: _files,
    Kind.PAIRS: _pairs,
}


def _flag_text(_column: Column, value: Value) -> str:
    return "是" if value else "否"


def _choice_text(column: Column, value: Value) -> str:
    return (column.choices or {}).get(value, (str(value),))[0]


def _moment_text(_column: Column, value: Value) -> str:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    local = moment.astimezone(clock.BEIJING).replace(tzinfo=None)
    plain = local.second == 0 and local.microsecond == 0
    return str(local.isoformat(sep=" ", timespec="minutes" if plain else "auto"))


_WRITERS: Mapping[Kind, Callable[[Column, Value], str]] = {
    Kind.YUAN: lambda _column, value: format_yuan(value),
    Kind.FLAG: _flag_text,
    Kind.CHOICE: _choice_text,
    Kind.MOMENT: _moment_text,
    Kind.LIST: lambda _column, value: escaping.join_list(value),
    Kind.PATH: lambda _column, value: escaping.join_list(value, separators=escaping.PATH_SEPARATORS),
    Kind.FILES: lambda _column, value: escaping.join_list(value, separators=escaping.FILE_SEPARATORS),
    Kind.PAIRS: lambda _column, value: escaping.join_pairs(value),
}
