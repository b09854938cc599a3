"""Probes and metrics tell the truth, cheaply, and only to those who may know."""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, override_settings

from shop.core import clock, health, metrics
from shop.core.jobs.heartbeat import QUEUES
from shop.core.models import JobRun, OutboxEvent
from shop.core.redis import client as redis_client

pytestmark = pytest.mark.django_db

CaptureLog = Callable[[], list[dict[str, Any]]]


def beat(*queues: str, age: float = 0) -> None:
    for queue in queues:
        run = JobRun.objects.create(name=f"core.heartbeat_{queue}")
        JobRun.objects.filter(pk=run.pk).update(started_at=clock.wall() - timedelta(seconds=age))


def ready(client: Client) -> tuple[int, str, dict[str, str]]:
    answer = client.get("/readyz")
    assert answer["Cache-Control"] == "no-store"
    body = answer.json()
    return (
        answer.status_code,
        body["status"],
        {name: check["status"] for name, check in body["checks"].items()},
    )


ALL_OK = dict.fromkeys(("database", "migrations", "worker", "beat", "redis"), "ok")


def test_healthz_touches_nothing(client: Client, django_assert_num_queries: Any):
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert client.post("/healthz").status_code == 405


def test_all_well(client: Client):
    beat(*QUEUES)
    assert ready(client) == (200, "ok", ALL_OK)
    worker = client.get("/readyz").json()["checks"]["worker"]
    assert set(worker["queues"]) == set(QUEUES)
    assert 0 <= worker["lag_seconds"] < 30


def test_no_heartbeat_at_all_is_degraded(client: Client):
    assert ready(client) == (200, "degraded", ALL_OK | {"worker": "degraded", "beat": "degraded"})


def test_one_silent_queue_is_a_worker_not_beat(client: Client):
    beat("critical", "default")
    beat("bulk", age=health.LATE_SECONDS + 1)
    assert ready(client) == (200, "degraded", ALL_OK | {"worker": "degraded"})


def test_every_queue_silent_is_beat(client: Client):
    beat(*QUEUES, age=health.LATE_SECONDS + 1)
    assert ready(client) == (200, "degraded", ALL_OK | {"worker": "degraded", "beat": "degraded"})


def test_without_redis_the_shop_is_ready_but_degraded(client: Client, redis_down: None):
    beat(*QUEUES)
    assert ready(client) == (200, "degraded", ALL_OK | {"redis": "degraded"})


def test_without_the_database_it_is_503(client: Client, monkeypatch: pytest.MonkeyPatch):
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError("connection refused")

    monkeypatch.setattr(connection, "cursor", refuse)
    monkeypatch.setattr(connection, "close", lambda: None)
    assert ready(client) == (503, "unavailable", {"database": "unavailable", "redis": "ok"})


def test_with_a_missing_migration_it_is_503_until_it_is_applied(
    client: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(health._Migrated, "seen", False)
    beat(*QUEUES)
    newest = MigrationRecorder.Migration.objects.filter(app="core").latest("name").name
    MigrationRecorder.Migration.objects.filter(app="core", name=newest).delete()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == {"status": "unavailable", "missing": 1}
    MigrationRecorder(connection).record_applied("core", newest)
    assert ready(client) == (200, "ok", ALL_OK)
    assert health._Migrated.seen


def test_missing_migrations_are_those_that_the_executor_would_run():
    assert health.missing_migrations() == frozenset()
    executor = MigrationExecutor(connection)
    known = {(migration.app_label, migration.name) for migration in executor.loader.disk_migrations.values()}
    assert health._migration_names() == known
    MigrationRecorder.Migration.objects.filter(app="orders").delete()
    assert health.missing_migrations() == {key for key in known if key[0] == "orders"}


def test_readiness_is_cheap_once_the_migrations_were_seen(client: Client, django_assert_max_num_queries: Any):
    ready(client)
    with django_assert_max_num_queries(1 + len(QUEUES)):
        ready(client)


def scrape(client: Client, **headers: str) -> Any:
    return client.get("/metrics", headers=headers or None)


def test_metrics_tell_what_waits(client: Client):
    OutboxEvent.objects.create(name="e", aggregate="a:1", payload={})
    OutboxEvent.objects.create(name="e", aggregate="a:2", payload={}, state=OutboxEvent.State.DEAD)
    redis_client().lpush("critical", "one", "two")
    beat("critical")
    text = scrape(client).content.decode()
    for line in (
        'shop_outbox_events{state="pending"} 1.0',
        'shop_outbox_events{state="dead"} 1.0',
        'shop_queue_length{queue="critical"} 2.0',
        'shop_queue_length{queue="bulk"} 0.0',
        "shop_approvals_pending 0.0",
        "shop_gauges_unreadable 0.0",
    ):
        assert f"\n{line}\n" in text
    assert 'shop_heartbeat_age_seconds{queue="critical"}' in text
    assert "django_http_requests_before_middlewares_total" in text


def test_a_gauge_that_cannot_be_read_does_not_hide_the_others(
    client: Client, monkeypatch: pytest.MonkeyPatch, capture_log: CaptureLog
):
    def unreadable() -> dict[str, float]:
        raise DatabaseError("gone")

    monkeypatch.setattr(metrics._gauges, "_gauges", dict(metrics._gauges._gauges))
    metrics.register_gauge("shop_outbox_events", "replaced", unreadable, label="state")
    text = scrape(client).content.decode()
    assert "shop_gauges_unreadable 1.0" in text
    assert 'shop_queue_length{queue="bulk"}' in text
    assert "shop_outbox_events{" not in text
    assert "metrics.unreadable" in [line["event"] for line in capture_log()]


@pytest.mark.parametrize(
    ("remote", "headers", "token", "status"),
    [
        ("127.0.0.1", {}, "", 200),
        ("::1", {}, "", 200),
        ("10.0.0.5", {}, "", 403),
        ("", {}, "", 403),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, "", 403),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}, "", 403),
        ("127.0.0.1", {"X-Real-IP": "127.0.0.1"}, "", 403),
        ("10.0.0.5", {"Authorization": "Bearer scrape-token"}, "scrape-token", 200),
        ("10.0.0.5", {"Authorization": "Bearer wrong"}, "scrape-token", 403),
        ("127.0.0.1", {"Authorization": "Bearer wrong"}, "scrape-token", 403),
        ("10.0.0.5", {"Authorization": "Bearer "}, "", 403),
        ("10.0.0.5", {"Authorization": "Bearer é"}, "scrape-token", 403),
    ],
)
def test_metrics_are_for_this_machine_or_the_bearer_of_the_token(
    client: Client, remote: str, headers: dict[str, str], token: str, status: int
):
    with override_settings(SHOP_METRICS_TOKEN=token):
        answer = client.get("/metrics", headers=headers, REMOTE_ADDR=remote)
    assert answer.status_code == status
    assert ("shop_outbox_events" in answer.content.decode()) == (status == 200)


def test_figures_of_several_processes_are_added_up(
    client: Client, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
):
    import subprocess
    import sys

    program = "from prometheus_client import Counter; Counter('shop_test_visits', 'x').inc(3)"
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", program], env=environment, check=True, timeout=60)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    text = scrape(client).content.decode()
    assert "shop_test_visits_total 6.0" in text
    assert "shop_gauges_unreadable 0.0" in text
