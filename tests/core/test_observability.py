"""Error reports and traces leave only when asked for, and carry nothing private."""

import builtins
import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from shop.core import observability
from shop.core.correlation import request_context
from tests.core.test_logs import JWT, OPENID, PHONE

PROGRAM = """
import shop.celery, django
django.setup()
import sentry_sdk
from django.test import Client, override_settings
with override_settings(ROOT_URLCONF="tests.core.api_urls"):
    Client(raise_request_exception=False).get(
        "/api/v1/test/fail/defect",
        headers={
            "Host": "localhost",
            "X-Request-ID": "request-99",
            "Cookie": "sessionid=hush-hush",
            "X-Device-Id": "hush-hush",
        },
    )
sentry_sdk.flush(20)
"""


@pytest.fixture
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """A stand-in for the error collector: keeps every body posted to it."""
    posted: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted.append(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}", posted
    server.shutdown()
    server.server_close()


def test_an_unexpected_error_is_reported_without_anything_private(collector: tuple[str, list[bytes]]):
    address, posted = collector
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "SENTRY_DSN": f"http://abcdef@{address}/1",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        timeout=120,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    lines = b"\n".join(posted).decode().splitlines()
    reports = [json.loads(line) for line in lines if '"ZeroDivisionError"' in line]
    assert len(reports) >= 1
    assert {report["tags"]["request_id"] for report in reports} == {"request-99"}
    assert [marker for marker in (PHONE, "hush-hush") if marker in "\n".join(lines)] == []
    assert PHONE not in done.stderr


def test_every_corner_of_a_report_is_scrubbed():
    event = {
        "message": f"call {PHONE}",
        "request": {
            "url": f"/x/{OPENID}",
            "query_string": "a=b",
            "headers": {"a": "b"},
            "data": "x",
            "method": "GET",
        },
        "user": {"ip_address": "10.0.0.1"},
        "extra": {"openid": "hush-hush", "deep": [{"token": JWT, "n": 1}], "text": JWT},
        "exception": {"values": [{"value": f"Key (phone)=({PHONE})"}]},
        "level": "error",
        "timestamp": 1700000000.5,
    }
    with request_context(request_id="request-5", ip=""):
        cleaned = observability.scrub_event(event, {})
    text = json.dumps(cleaned)
    for marker in (PHONE, OPENID, JWT, "hush-hush", "10.0.0.1", "a=b"):
        assert marker not in text
    assert cleaned["request"] == {"method": "GET"}
    assert cleaned["tags"] == {"request_id": "request-5"}
    assert cleaned["timestamp"] == 1700000000.5
    assert observability.scrub_breadcrumb({"message": PHONE, "data": {"phone": PHONE}}, {}) == {
        "message": "[phone]",
        "data": {"phone": "****"},
    }


@pytest.mark.parametrize(
    ("setting", "package", "extra"),
    [("SENTRY_DSN", "sentry_sdk", "sentry"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "opentelemetry", "otel")],
)
def test_a_missing_package_is_explained(
    settings: Any, monkeypatch: pytest.MonkeyPatch, setting: str, package: str, extra: str
):
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.partition(".")[0] == package:
            raise ImportError(name)
        return real(name, *args, **kwargs)

    setattr(settings, setting, "http://key@127.0.0.1:9/1")
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImproperlyConfigured, match=extra):
        observability.configure()


def test_traces_go_to_the_collector_and_only_then_are_requests_instrumented(
    settings: Any, monkeypatch: pytest.MonkeyPatch
):
    from opentelemetry import trace
    from opentelemetry.instrumentation.django import DjangoInstrumentor

    given: list[Any] = []
    monkeypatch.setattr(trace, "set_tracer_provider", given.append)
    monkeypatch.setattr(DjangoInstrumentor, "instrument", lambda self: given.append("instrumented"))
    observability.configure()
    assert given == []
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = "http://127.0.0.1:9/"
    observability.configure()
    provider, instrumented = given
    assert instrumented == "instrumented"
    exporter = provider._active_span_processor._span_processors[0].span_exporter
    assert exporter._endpoint == "http://127.0.0.1:9/v1/traces"
    provider.shutdown()
