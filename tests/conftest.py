"""What every test may rely on."""

import http.client
import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from django.db import connections
from django.urls import get_resolver
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

import shop.celery  # binds shared tasks and kicks to our Celery application
import shop.urls  # noqa: F401  loads the console in the shop's own order, whatever a test imports first
from shop.core import redis, runtime
from shop.core.api.throttles import forget_tabs
from shop.core.network import assert_no_transaction
from shop.storefront.cache import forget_near
from shop.storefront.readers import forget_readers
from tests.browser import browser
from tests.ground import awaited_ground

__all__ = ["browser"]

# How long an example takes says how busy the machine is, nothing about the shop.
hypothesis_settings.register_profile("jishi", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("jishi")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
) -> None:
    """Where a run has several workers, let their databases be copies of the one that was migrated."""
    ground = awaited_ground()
    if ground:
        connections["default"].settings_dict["TEST"]["TEMPLATE"] = ground


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """No test sees what an earlier one left in Redis (rate limits, session state) or in this process."""
    redis.resume()
    redis.client().flushdb()
    runtime.forget()
    forget_tabs()
    forget_near()
    forget_readers()


@pytest.fixture(autouse=True)
def no_http_inside_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any HTTP request made while a transaction of ours is open fails the test, whatever client makes it."""
    send_request_line = http.client.HTTPConnection.putrequest

    def guarded(self: http.client.HTTPConnection, *args: Any, **kwargs: Any) -> None:
        assert_no_transaction()
        send_request_line(self, *args, **kwargs)

    monkeypatch.setattr(http.client.HTTPConnection, "putrequest", guarded)


@pytest.fixture(scope="session")
def live_server(live_server: Any) -> Any:
    """A server that has loaded its pages before its first request, as ours has before it answers."""
    assert get_resolver().url_patterns
    return live_server


@pytest.fixture
def redis_down(settings: Any) -> Iterator[None]:
    """Redis refuses connections for the length of the test."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    yield
    redis.resume()


@pytest.fixture
def capture_log() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Every line that the shop writes during the test, through the real handler's formatter and redaction."""
    stream = io.StringIO()
    shop_handler = next(
        handler
        for handler in logging.getLogger().handlers
        if isinstance(handler, logging.StreamHandler)
        and isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter)
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(shop_handler.formatter)
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)
