"""JSON out, by orjson."""

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import BaseRenderer

from shop.core.json import dump

PROBLEM_TYPE = "application/problem+json"


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
