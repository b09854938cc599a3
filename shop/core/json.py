"""JSON as the shop writes it: orjson, and text for what has no JSON type of its own.

A moment is always written with Beijing's offset, wherever the value came from, so that two answers never show
one moment in two ways.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from django.utils.functional import Promise

from shop.core.clock import BEIJING

_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATETIME


def plain(value: Any) -> Any:
    """Return a JSON value for what orjson does not know: moments, lazy text, decimals (as text), sets."""
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Promise | Decimal | UUID):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def dump(data: Any) -> bytes:
    """Return the JSON bytes of ``data``."""
    return orjson.dumps(data, default=plain, option=_OPTIONS)


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        raise TypeError("A moment without an offset is not JSON: nobody could tell when it is.")
    return value.astimezone(BEIJING).isoformat()
