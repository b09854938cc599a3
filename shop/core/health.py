"""Is the shop alive, and can it serve? For process supervisors and load balancers."""

import time
from functools import cache
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any, Literal

import redis as redis_library
import structlog
from django.apps import apps
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from shop.core.jobs import heartbeat_ages
from shop.core.redis import client

log = structlog.get_logger(__name__)

LATE_SECONDS = 60
"""Heartbeats come every 15 s; a queue silent for this long has no worker, or beat is gone."""

State = Literal["ok", "degraded", "unavailable"]


class _Migrated:
    """Whether this process has seen every migration applied; they are not unapplied under a running shop."""

    seen = False


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive: the process answers. Touches nothing else, so a dead database does not get it restarted."""
    return JsonResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Ready: 503 without the database or with missing migrations; the rest is reported as degraded."""
    checks: dict[str, dict[str, Any]] = {"database": _database()}
    if checks["database"]["status"] == "ok":
        checks["migrations"] = _migrations()
    if all(check["status"] == "ok" for check in checks.values()):
        checks.update(_heartbeats())
    checks["redis"] = _redis()
    status = _worst([check["status"] for check in checks.values()])
    return JsonResponse(
        {"status": status, "checks": checks},
        status=503 if status == "unavailable" else 200,
        headers={"Cache-Control": "no-store"},
    )


def _worst(states: list[State]) -> State:
    for state in ("unavailable", "degraded"):
        if state in states:
            return state
    return "ok"


def _database() -> dict[str, Any]:
    started = time.perf_counter()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError) as error:
        log.warning("readyz.database", cause=type(error).__name__)
        connection.close()
        return {"status": "unavailable"}
    return {"status": "ok", "ms": round((time.perf_counter() - started) * 1000, 1)}


def _migrations() -> dict[str, Any]:
    if not _Migrated.seen:
        missing = missing_migrations()
        if missing:
            return {"status": "unavailable", "missing": len(missing)}
        _Migrated.seen = True
    return {"status": "ok"}


def missing_migrations() -> frozenset[tuple[str, str]]:
    """Return (app label, name) of migrations that this code has and the database has not had.

    By their names alone: importing them, as Django's executor does, takes long, and every answer waits.
    """
    return _migration_names() - set(MigrationRecorder(connection).applied_migrations())


@cache
def _migration_names() -> frozenset[tuple[str, str]]:
    found = set()
    for app in apps.get_app_configs():
        package, _given = MigrationLoader.migrations_module(app.label)
        spec = find_spec(package) if package is not None else None
        if spec is not None:
            modules = iter_modules(spec.submodule_search_locations or ())  # none in what is no package
            found |= {(app.label, module.name) for module in modules if module.name[0] not in "_~"}
    return frozenset(found)


def _heartbeats() -> dict[str, dict[str, Any]]:
    """Judge beat by the freshest heartbeat of any queue, the workers by the stalest."""
    ages = heartbeat_ages()
    known = [age for age in ages.values() if age is not None]
    stalest = max(known) if len(known) == len(ages) else None
    return {
        "worker": {
            **_lag(stalest),
            "queues": {queue: None if age is None else round(age, 1) for queue, age in ages.items()},
        },
        "beat": _lag(min(known) if known else None),
    }


def _lag(age: float | None) -> dict[str, Any]:
    late = age is None or age > LATE_SECONDS
    return {
        "status": "degraded" if late else "ok",
        "lag_seconds": None if age is None else round(age, 1),
    }


def _redis() -> dict[str, Any]:
    try:
        client().ping()
    except redis_library.RedisError as error:
        log.warning("readyz.redis", cause=type(error).__name__)
        return {"status": "degraded"}
    return {"status": "ok"}
