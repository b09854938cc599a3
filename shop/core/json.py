"""JSON as the shop writes it: orjson, and text for what has no JSON type of its own."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from django.utils.functional import Promise


def plain(value: Any) -> Any:
    """Return a JSON value for what orjson does not know: lazy text, decimals (as text), sets."""
    if isinstance(value, Promise | Decimal | UUID):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def dump(data: Any) -> bytes:
    """Return the JSON bytes of ``data``."""
    return orjson.dumps(data, default=plain, option=orjson.OPT_NON_STR_KEYS)
