"""Outermost of our middleware: the request id, and one access line per request.

The line names the route, never the raw path or query, because paths and queries carry personal data.
"""

import time
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from shop.core.api.client import client_ip
from shop.core.api.handlers import is_api
from shop.core.correlation import accept_request_id, request_context

log = structlog.get_logger("shop.access")

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})

QUIET = frozenset({"healthz", "readyz", "metrics"})
"""Routes that probes call every few seconds: their lines are at debug level unless they fail."""


class RequestContextMiddleware:
    """Bind request id and client address to everything logged, audited and queued while answering."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request inside its context and write the access line."""
        request_id = accept_request_id(request.headers.get("X-Request-ID"))
        started = time.perf_counter()
        if is_api(request):
            # Answers of the API follow Accept-Language alone, whatever the same browser chose in the console.
            request.COOKIES.pop(settings.LANGUAGE_COOKIE_NAME, None)
        with request_context(request_id=request_id, ip=client_ip(request)):
            response = self.get_response(request)
            response["X-Request-ID"] = request_id
            _log_access(request, response, started)
            return response


def _log_access(request: HttpRequest, response: HttpResponseBase, started: float) -> None:
    fields = access_fields(
        request.method if request.method in _METHODS else "OTHER",
        _route(request),
        response.status_code,
        started,
    )
    user = request.__dict__.get("_cached_user")
    if user is not None and user.is_authenticated:
        fields["actor"] = f"staff:{user.pk}"
    if response.status_code >= 500:
        log.error("request", **fields)
    elif fields["route"] in QUIET:
        log.debug("request", **fields)
    else:
        log.info("request", **fields)


def access_fields(method: str | None, route: str, status: int, started: float) -> dict[str, Any]:
    """Return what every access line says; ``started`` is what ``time.perf_counter`` showed."""
    ms = round((time.perf_counter() - started) * 1000, 1)
    return {"method": method, "route": route, "status": status, "ms": ms}


def _route(request: HttpRequest) -> str:
    match = request.resolver_match
    return match.route if match is not None else "unknown"
