"""JSON out, by orjson."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from django.utils.functional import Promise
from rest_framework.renderers import BaseRenderer

PROBLEM_TYPE = "application/problem+json"


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


class OrjsonRenderer(BaseRenderer):
    """Render JSON; the content type of a refusal is set by the exception handler."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the bytes of ``data``; ``None`` is an empty body."""
        return b"" if data is None else dump(data)


class ProblemRenderer(OrjsonRenderer):
    """Listed beside :class:`OrjsonRenderer` so that ``Accept: application/problem+json`` is no 406."""

    media_type = PROBLEM_TYPE
    format = "problem"
