"""Error reports and traces leave only when asked for, and carry nothing private."""

import builtins
import json
from typing import Any

import pytest
import sentry_sdk
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from shop.core import observability
from shop.core.correlation import request_context
from tests.core.test_logs import JWT, OPENID, PHONE

pytestmark = pytest.mark.urls("tests.core.api_urls")


class Mailbox(Transport):
    """Keeps what would have been sent."""

    sent: list[str] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.sent.append(envelope.serialize().decode())


@pytest.fixture
def mailbox() -> Any:
    Mailbox.sent = []
    observability.configure_sentry("http://key@127.0.0.1:9/1", transport=Mailbox)
    yield Mailbox.sent
    sentry_sdk.get_client().close()
    sentry_sdk.init()


def test_an_unexpected_error_is_reported_without_anything_private(client: Client, mailbox: list[str]):
    client.raise_request_exception = False
    client.get(
        "/api/v1/test/fail/defect",
        headers={"X-Request-ID": "request-99", "Cookie": "sessionid=hush-hush", "X-Device-Id": "hush-hush"},
    )
    reports = [line for text in mailbox for line in text.splitlines() if "ZeroDivisionError" in line]
    assert len(reports) >= 1
    report = json.loads(reports[0])
    assert report["tags"]["request_id"] == "request-99"
    everything = "\n".join(mailbox)
    for marker in (PHONE, "hush-hush", "13812345678"):
        assert marker not in everything


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
