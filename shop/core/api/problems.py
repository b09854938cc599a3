"""RFC 9457 problem details: the one shape in which the API refuses anything.

``{type, title, status, detail, code, errors: [{field, code, detail}], request_id}``, plus members of the
refusal itself. ``type`` is the relative reference ``/problems/<code>``; it identifies, it is not a page.
A field path is dotted: ``items.0.quantity``; a refusal about the whole body has an empty path.
"""

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from rest_framework.exceptions import ErrorDetail
from rest_framework.response import Response

from shop.core.api.renderers import PROBLEM_TYPE
from shop.core.correlation import current_request_id
from shop.core.errors import FieldError, ShopError
from shop.core.json import dump

_WHOLE = "non_field_errors"


def problem_body(error: ShopError) -> dict[str, Any]:
    """Return the members of the problem for ``error``, in the active language."""
    return {
        **error.extra,
        "type": f"/problems/{error.code}",
        "title": str(error.title),
        "status": error.status,
        "detail": str(error.detail),
        "code": error.code,
        "errors": [
            {"field": item.field, "code": item.code, "detail": str(item.detail)} for item in error.errors
        ],
        "request_id": current_request_id(),
    }


def problem_headers(error: ShopError) -> dict[str, str]:
    """Return the headers that belong to ``error``: who may retry when, and how to log in."""
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(max(1, error.retry_after))
    elif error.status in (429, 503):
        headers["Retry-After"] = "1"
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="shop"'
    return headers


def problem_response(error: ShopError) -> Response:
    """Return the answer of an API view for ``error``."""
    return Response(
        problem_body(error), status=error.status, headers=problem_headers(error), content_type=PROBLEM_TYPE
    )


def plain_problem_response(error: ShopError) -> HttpResponse:
    """Return the same answer where no API view is in charge: middleware, unknown paths, health pages."""
    return HttpResponse(
        dump(problem_body(error)),
        status=error.status,
        headers=problem_headers(error),
        content_type=PROBLEM_TYPE,
    )


def field_errors(detail: Any, path: str = "") -> Iterator[FieldError]:
    """Flatten a serializer's nested error detail to dotted paths."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from field_errors(inner, path if name == _WHOLE else _join(path, str(name)))
    elif isinstance(detail, list | tuple):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, dict | list | tuple)
            yield from field_errors(inner, _join(path, str(index)) if nested else path)
    else:
        code = detail.code if isinstance(detail, ErrorDetail) else "invalid"
        yield FieldError(path, code or "invalid", str(detail))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
