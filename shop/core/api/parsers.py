"""JSON in: bounded in size and depth, UTF-8 only, without NUL characters."""

from collections.abc import Iterator, Mapping
from typing import IO, Any

import orjson
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser

from shop.core.errors import FieldError, InvalidInput, MalformedRequest, PayloadTooLarge

MAX_DEPTH = 32
"""Deepest nesting of arrays and objects in a body; the deepest request of the contract has five levels."""


class StrictJSONParser(BaseParser):
    """Read ``application/json`` once, leaving the raw bytes readable as ``request.body``."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the parsed body.

        Raises ``PayloadTooLarge`` (413), ``MalformedRequest`` (400) or ``InvalidInput`` (400).
        """
        raw = _read(stream)
        try:
            data = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise MalformedRequest(_("The body is not valid JSON.")) from error
        _refuse_deep_or_nul(data)
        return data


def _read(stream: IO[Any]) -> bytes:
    # HttpRequest.body keeps the bytes for whoever fingerprints them and bounds their number.
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
    request: object = stream
    raw: bytes = request.body if isinstance(request, HttpRequest) else stream.read(limit + 1)
    if len(raw) > limit:
        raise PayloadTooLarge()
    return raw


def _refuse_deep_or_nul(data: Any) -> None:
    pending: list[tuple[str, int, Any]] = [("", 1, data)]
    while pending:
        path, depth, value = pending.pop()
        if isinstance(value, str):
            if "\x00" in value:
                raise _nul(path)
        elif isinstance(value, dict | list):
            if depth > MAX_DEPTH:
                raise MalformedRequest(_("The body is nested too deeply."))
            for name, child in _children(value):
                if "\x00" in name:
                    raise _nul(path)
                pending.append((f"{path}.{name}" if path else name, depth + 1, child))


def _children(value: dict[str, Any] | list[Any]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    else:
        yield from ((str(index), child) for index, child in enumerate(value))


def _nul(path: str) -> InvalidInput:
    detail = _("Null characters are not allowed.")
    return InvalidInput(errors=[FieldError(path[:200], "null_characters_not_allowed", detail)])
