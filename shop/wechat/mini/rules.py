"""Pure rules of the mini-program interface: field limits of subscribe messages, times, texts."""

import re
from collections.abc import Mapping
from datetime import datetime

from shop.core.clock import BEIJING

SCENE_PATTERN = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}", re.ASCII)
TEXT_LENGTH = 2500
ITEM_LENGTH = 120

_LIMITS: Mapping[str, int] = {
    "thing": 20,
    "number": 32,
    "letter": 32,
    "symbol": 5,
    "character_string": 32,
    "phone_number": 17,
    "car_number": 8,
    "phrase": 5,
}
_KEEP: Mapping[str, re.Pattern[str]] = {
    "number": re.compile(r"[^0-9.]"),
    "letter": re.compile(r"[^A-Za-z]"),
    "character_string": re.compile(r"[^\x21-\x7e]"),
    "phrase": re.compile(r"[^\u4e00-\u9fff]"),
    "phone_number": re.compile(r"[^0-9+\-]"),
}
_NAME_CHINESE, _NAME_LETTERS = 10, 20
_AMOUNT = re.compile(r"([¥￥$]?)(\d{1,10})(?:\.(\d{1,2})\d*)?(元?)")
_SPACE = re.compile(r"\s+")
_EMPTY = "-"


def fit_value(key: str, text: str) -> str:
    """Cut ``text`` to what WeChat accepts for a template key such as ``thing1`` (else the send fails, 47003).

    Characters a key may not hold are dropped, line breaks become spaces, a ``thing`` never becomes empty.
    Dates and times are passed on: their format is the caller's business.
    """
    kind = key.rstrip("0123456789")
    clean = _SPACE.sub(" ", text).strip()
    if kind == "amount":
        return _fit_amount(clean)
    if kind == "name":
        wide = any(ord(character) > 127 for character in clean)
        return clean[: _NAME_CHINESE if wide else _NAME_LETTERS]
    if kind in _KEEP:
        clean = _KEEP[kind].sub("", clean)
    limit = _LIMITS.get(kind)
    fitted = clean if limit is None else _cut(clean, limit)
    return fitted or (_EMPTY if kind == "thing" else "")


def upload_time(moment: datetime) -> str:
    """RFC 3339 with milliseconds and +08:00, as shipping management demands."""
    return moment.astimezone(BEIJING).isoformat(timespec="milliseconds")


def _cut(text: str, limit: int) -> str:
    """Cut with an ellipsis where there is room for one."""
    if len(text) <= limit:
        return text
    return text[: limit - 1] + "…" if limit >= 20 and any(ord(each) > 127 for each in text) else text[:limit]


def _fit_amount(text: str) -> str:
    match = _AMOUNT.search(text.replace(",", ""))
    if match is None:
        return ""
    sign, whole, cents, unit = match.groups()
    return f"{sign}{whole}{'.' + cents if cents else ''}{unit}"
