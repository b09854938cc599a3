"""Columns for lists and read-only fields: money, state badges, masked personal data."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString

from shop.core.money import format_yuan

Column = Callable[[Model], Any]
NOTHING = "-"
MARKS = ("empty", "half", "full", "back")
VARIANTS = ("neutral", "info", "success", "warning", "danger")


def money_text(fen: int | None) -> str:
    """Return fen as ``¥12.34``, and a dash for no amount at all (which is not the same as zero)."""
    return NOTHING if fen is None else f"¥{format_yuan(fen)}"


def money_html(fen: int | None) -> SafeString:
    """Return fen as yuan in tabular figures, negative amounts marked."""
    css = "console-money console-money--negative" if fen is not None and fen < 0 else "console-money"
    return format_html('<span class="{}">{}</span>', css, money_text(fen))


def badge_html(text: str | Promise, variant: str = "neutral", mark: str = "") -> SafeString:
    """Return a state as a labelled badge: words carry the meaning, colour and shape only help.

    ``mark`` is one of MARKS: a circle that is empty, half or full, or one that was full and is dashed again.
    """
    dot = format_html('<span class="console-dot console-dot--{}" aria-hidden="true"></span>', mark)
    css = format_html("console-badge console-badge--{}", variant)
    return format_html('<span class="{}">{}{}</span>', css, dot if mark else "", text)


def _named(column: Column, *, name: str, title: str | Promise, ordering: str | None) -> Column:
    column.__name__ = name
    column.short_description = title  # type: ignore[attr-defined]
    if ordering:
        column.admin_order_field = ordering  # type: ignore[attr-defined]
    return column


def yuan_column(field: str, title: str | Promise) -> Column:
    """Return a sortable column that shows an attribute counted in fen as yuan."""

    def column(row: Model) -> SafeString:
        return money_html(getattr(row, field))

    return _named(column, name=f"{field}_yuan", title=title, ordering=field)


def words_column(field: str, title: str | Promise, words: Mapping[str, Promise]) -> Column:
    """Return a sortable column that shows a code in words; one that nobody has put into words as it is."""

    def column(row: Model) -> str:
        code = str(getattr(row, field))
        return str(words.get(code, code)) or NOTHING

    return _named(column, name=f"{field}_words", title=title, ordering=field)


def badge_column(field: str, title: str | Promise, variants: Mapping[str, str]) -> Column:
    """Return a column that shows a state as a badge; ``variants`` maps stored value to one of VARIANTS."""

    def column(row: Model) -> SafeString:
        value = getattr(row, field)
        words = getattr(row, f"get_{field}_display", None)
        return badge_html(words() if words else str(value), variants.get(str(value), "neutral"))

    return _named(column, name=f"{field}_badge", title=title, ordering=field)


def json_text(value: Any) -> str:
    """Return data as indented JSON, Chinese characters readable."""
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, default=str)


def json_column(field: str, title: str | Promise) -> Column:
    """Return a read-only field that shows a JSON column readably."""

    def column(row: Model) -> SafeString:
        return format_html('<pre class="console-code">{}</pre>', json_text(getattr(row, field)))

    return _named(column, name=f"{field}_json", title=title, ordering=None)


def masked_column(field: str, title: str | Promise, mask: Callable[[str], str]) -> Column:
    """Return a column of personal data, never shown in clear and never sortable."""

    def column(row: Model) -> str:
        value = getattr(row, field)
        return mask(value) if value else NOTHING

    return _named(column, name=f"{field}_masked", title=title, ordering=None)
