"""GET /metrics: django-prometheus's own figures, and what waits: outbox, queues, dead letters, jobs.

With several web processes set ``PROMETHEUS_MULTIPROC_DIR``; the figures of all of them are then added up.
What waits is counted while Prometheus asks, from the database and Redis, by functions that any app may add
with :func:`register_gauge`.
"""

import hmac
import ipaddress
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import prometheus_client
import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from shop.core import errors
from shop.core.api.client import client_ip, is_forwarded
from shop.core.api.problems import plain_problem_response
from shop.core.jobs import heartbeat_ages, job_status
from shop.core.jobs.heartbeat import QUEUES
from shop.core.models import Approval, OutboxEvent
from shop.core.models.approvals import ApprovalState
from shop.core.redis import attempt

log = structlog.get_logger(__name__)

Reading = Mapping[str, float]
"""Label value -> figure; the label value is empty for a gauge without a label."""


class ShopGauges:
    """The gauges read at scrape time: one that cannot be read is left out and counted as failed."""

    def __init__(self) -> None:
        self._gauges: dict[str, tuple[str, str, Callable[[], Reading]]] = {}

    def add(self, name: str, documentation: str, label: str, read: Callable[[], Reading]) -> None:
        """Register a gauge; the same name again replaces it."""
        self._gauges[name] = (documentation, label, read)

    def collect(self) -> Iterable[Metric]:
        """Yield every gauge that can be read now."""
        failed = 0
        for name, (documentation, label, read) in self._gauges.items():
            try:
                reading = read()
            except (DatabaseError, InterfaceError) as error:
                log.warning("metrics.unreadable", gauge=name, cause=type(error).__name__)
                failed += 1
                continue
            family = GaugeMetricFamily(name, documentation, labels=[label] if label else [])
            for value, figure in reading.items():
                family.add_metric([value] if label else [], figure)
            yield family
        yield GaugeMetricFamily("shop_gauges_unreadable", "Gauges that could not be read", value=failed)


_gauges = ShopGauges()


def register_gauge(name: str, documentation: str, read: Callable[[], Reading], *, label: str = "") -> None:
    """Add a gauge that is read whenever Prometheus asks; keep its queries cheap and indexed."""
    _gauges.add(name, documentation, label, read)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer a scrape: with the bearer token, or straight from this machine."""
    if not _may_read(request):
        return plain_problem_response(errors.Forbidden())
    body = prometheus_client.generate_latest(_process_registry()) + prometheus_client.generate_latest(
        cast(prometheus_client.CollectorRegistry, _gauges)
    )
    return HttpResponse(body, content_type=prometheus_client.CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    token = settings.SHOP_METRICS_TOKEN
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if token and scheme.lower() == "bearer":
        return hmac.compare_digest(given.strip().encode(), token.encode())
    # A proxy on this machine forwards strangers: only a request without a proxy's traces is local.
    return not is_forwarded(request) and _is_loopback(client_ip(request))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _process_registry() -> prometheus_client.CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return prometheus_client.REGISTRY
    registry = prometheus_client.CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _outbox() -> Reading:
    states = (OutboxEvent.State.PENDING, OutboxEvent.State.DEAD)
    return {state.value: OutboxEvent.objects.filter(state=state).count() for state in states}


def _queues() -> Reading:
    lengths: list[Any] | None = attempt("metrics", lambda client: [client.llen(name) for name in QUEUES])
    return {name: float(length) for name, length in zip(QUEUES, lengths or [], strict=False)}


def _heartbeats() -> Reading:
    return {queue: age for queue, age in heartbeat_ages().items() if age is not None}


def _job_lags() -> Reading:
    return {status.job.name: status.lag.total_seconds() for status in job_status()}


def _approvals() -> Reading:
    return {"": Approval.objects.filter(state=ApprovalState.PENDING).count()}


register_gauge("shop_outbox_events", "Events waiting or given up", _outbox, label="state")
register_gauge("shop_queue_length", "Tasks waiting in the broker", _queues, label="queue")
register_gauge("shop_heartbeat_age_seconds", "Age of each queue's last heartbeat", _heartbeats, label="queue")
register_gauge("shop_job_lag_seconds", "How late each job is", _job_lags, label="job")
register_gauge("shop_approvals_pending", "Actions waiting for a second person", _approvals)
