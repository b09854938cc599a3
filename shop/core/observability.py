"""Error reports (Sentry) and traces (OpenTelemetry): off unless the environment names where they go."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from shop.core.correlation import current_request_id
from shop.core.logs.redaction import redact, redact_text, remember_secrets

_SECRET_SETTINGS = (
    "SECRET_KEY",
    "SHOP_ENCRYPTION_KEYS",
    "SHOP_HASH_KEY",
    "SHOP_METRICS_TOKEN",
    "WECHAT_SECRET",
    "WECHAT_MESSAGE_TOKEN",
    "WECHAT_MESSAGE_AES_KEY",
    "WECHATPAY_APIV3_KEY",
)


def configure() -> None:
    """Teach the redactor the deployment's secrets, then start what the settings ask for."""
    remember_secrets(str(getattr(settings, name, "")) for name in _SECRET_SETTINGS)
    if settings.SENTRY_DSN:
        configure_sentry(settings.SENTRY_DSN)
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        configure_tracing(settings.OTEL_EXPORTER_OTLP_ENDPOINT)


def configure_sentry(dsn: str) -> None:
    """Send unexpected errors to Sentry: no bodies, cookies or local variables, everything else redacted."""
    try:
        import sentry_sdk
    except ImportError as error:
        raise ImproperlyConfigured(
            "SENTRY_DSN is set: install the extra, pip install 'jishi[sentry]'."
        ) from error
    sentry_sdk.init(
        dsn=dsn,
        data_collection={
            "user_info": False,
            "cookies": {"mode": "off"},
            "http_headers": {"request": {"mode": "off"}},
            "http_bodies": [],
            "url_query_params": {"mode": "off"},
            "database_query_data": False,
            "queues": False,
            "stack_frame_variables": False,
        },
        max_request_body_size="never",
        before_send=scrub_event,
        before_breadcrumb=scrub_breadcrumb,
        before_send_transaction=scrub_event,
    )


def scrub_event(event: Any, hint: Mapping[str, Any]) -> Any:
    """Return the report without secrets and personal data, and with the request id to search the log by."""
    request = event.get("request")
    if isinstance(request, dict):
        # Paths and queries carry personal data; the transaction names the route.
        for member in ("data", "cookies", "headers", "env", "query_string", "url"):
            request.pop(member, None)
    for member in ("user", "server_name"):
        event.pop(member, None)
    event.setdefault("tags", {})["request_id"] = current_request_id()
    return {name: _scrub(name, value) for name, value in event.items()}


def scrub_breadcrumb(crumb: Any, hint: Mapping[str, Any]) -> Any:
    """Return the breadcrumb without secrets and personal data."""
    return {name: _scrub(name, value) for name, value in crumb.items()}


def _scrub(name: str, value: Any, depth: int = 0) -> Any:
    """Redact the strings inside but keep the report's own structure and types."""
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        return {str(key): _scrub_member(str(key), inner, depth) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_scrub(name, inner, depth + 1) for inner in value]
    return value


def _scrub_member(name: str, value: Any, depth: int) -> Any:
    if isinstance(value, Mapping | list | tuple):
        return _scrub(name, value, depth + 1)
    cleaned = redact(name, value)
    return cleaned if isinstance(value, str | int) and not isinstance(value, bool) else value


def configure_tracing(endpoint: str) -> None:
    """Send traces of requests to an OTLP collector at ``endpoint`` (OTLP over HTTP)."""
    try:
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.instrumentation.django import DjangoInstrumentor
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise ImproperlyConfigured(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set: install the extra, pip install 'jishi[otel]'."
        ) from error
    provider = TracerProvider(resource=Resource.create({"service.name": "jishi"}))
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    DjangoInstrumentor().instrument()
