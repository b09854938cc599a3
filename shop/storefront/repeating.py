"""The shortest way of the busiest reads: an answer given once is given out again before Django is entered.

Half of what a kept answer costs is Django's own: request and response objects, signals, one middleware after
another. All of that depends on a handful of the request's headers, so it is remembered for them: the headers
that the long way sent stay with the key of the kept bytes. Whether these are still young enough, and still
the same, is asked of the cache each time. What is due on every request is done here as there: the call is
counted, the access line and the metrics are written, the answer bears an id of its own.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

import structlog
from django.conf import settings
from django.http import HttpResponse
from django_prometheus.middleware import Metrics

from shop.core.api.client import address_in
from shop.core.api.middleware import access_fields
from shop.core.api.throttles import charge_cheaply
from shop.core.correlation import accept_request_id, request_context
from shop.core.errors import ShopError
from shop.storefront.cache import look_near
from shop.storefront.middleware import REFUSAL, KeptAnswer
from shop.storefront.readers import reader_of

MOST_REQUESTS = 8192
"""How many kinds of request are remembered; each is a tuple of headers, the bytes are the cache's."""

_ID = "X-Request-ID"
# Whatever of a request decides over the answer and its headers, besides who asks and when.
_DECIDING = (
    *("SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "wsgi.url_scheme"),
    *("HTTP_HOST", "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE", "HTTP_X_FORWARDED_PROTO"),
)

log = structlog.get_logger("shop.access")

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class _Given:
    """An answer of the long way: its headers without the request's id."""

    answer: KeptAnswer
    headers: tuple[tuple[str, str], ...]


class RepeatKeptAnswers:
    """WSGI: repeats kept answers of the application it wraps, and passes everything else on."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._given: OrderedDict[tuple[Any, ...], _Given] = OrderedDict()
        self._paths: set[str] = set()
        self._lock = threading.Lock()
        self._metrics = Metrics.get_instance()
        # A trace begins in Django: with tracing on, every request goes there.
        self._is_on = not settings.OTEL_EXPORTER_OTLP_ENDPOINT

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or pass the request on."""
        started = time.perf_counter()
        if (
            environ["PATH_INFO"] not in self._paths
            or environ["REQUEST_METHOD"] != "GET"
            or "HTTP_IF_NONE_MATCH" in environ
        ):
            return self._pass_on(environ, start_response)
        reader = reader_of(environ)
        given = self._given.get((reader.tier, *map(environ.get, _DECIDING)))
        kept = look_near(given.answer.key) if given is not None else None
        if given is None or kept is None or kept.digest != given.answer.digest:
            return self._pass_on(environ, start_response)
        request_id, ip = accept_request_id(environ.get("HTTP_X_REQUEST_ID")), address_in(environ)
        with request_context(request_id=request_id, ip=ip):
            try:
                charge_cheaply("general", ip=ip, member_id=reader.member_id)
            except ShopError as refusal:
                environ[REFUSAL] = refusal
                return self._pass_on(environ, start_response)
            self._metrics.requests_total.inc()
            start_response("200 OK", [*given.headers, (_ID, request_id)])
            log.info("request", **access_fields("GET", given.answer.route, 200, started))
        self._metrics.responses_total.inc()
        self._metrics.requests_latency_before.observe(time.perf_counter() - started)
        return [kept.body]

    def _pass_on(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        response = self._application(environ, start_response)
        answer: KeptAnswer | None = getattr(response, "kept_answer", None)
        if answer is not None and self._is_on:
            self._remember(environ, answer, cast(HttpResponse, response))
        return response

    def _remember(self, environ: Environ, answer: KeptAnswer, response: HttpResponse) -> None:
        if response.status_code != 200 or response.cookies:
            return
        request = (reader_of(environ).tier, *map(environ.get, _DECIDING))
        headers = tuple((name, value) for name, value in response.items() if name != _ID)
        with self._lock:
            self._paths.add(environ["PATH_INFO"])
            self._given[request] = _Given(answer, headers)
            if len(self._given) > MOST_REQUESTS:
                self._given.popitem(last=False)
