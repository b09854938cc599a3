"""One Redis client per process, and a polite way to do without it.

Redis down must not stop the shop: throttles fail open, caches are bypassed. Whoever can do without calls
:func:`attempt`, which after a failure does not even try again for a second, so that a dead Redis costs one
time-out per second and process, not one per request.
"""

import functools
import time
from collections.abc import Callable
from typing import TypeVar

import redis
import structlog
from django.conf import settings
from prometheus_client import Counter
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

T = TypeVar("T")
log = structlog.get_logger(__name__)

CONNECT_TIMEOUT_SECONDS = 0.5
ANSWER_TIMEOUT_SECONDS = 1.0
MAX_CONNECTIONS = 10_000
PAUSE_SECONDS = 1.0
"""How long nobody asks again after Redis did not answer."""

FAILURES = Counter("shop_redis_failures", "Operations that went on without Redis", ["purpose"])


class RedisPausedError(RedisConnectionError):
    """Redis did not answer a moment ago; it was not asked again."""


class _Pause:
    until = 0.0


@functools.lru_cache(maxsize=4)
def _client_for(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
        socket_timeout=ANSWER_TIMEOUT_SECONDS,
        # Once more, at once: a pooled connection may have died with the last Redis. No waiting in a request.
        retry=Retry(NoBackoff(), 1),
        # One per thread at most; the library's default of 100 would look like a Redis that is down.
        max_connections=MAX_CONNECTIONS,
    )


def client() -> redis.Redis:
    """Return this process's client of ``settings.REDIS_URL``; short time-outs, connections made on use."""
    return _client_for(settings.REDIS_URL)


@functools.lru_cache(maxsize=32)
def script(client: redis.Redis, source: str) -> Script:
    """Return a Lua script of a client, hashed once; calling it loads it where Redis does not know it yet."""
    return client.register_script(source)


def attempt(purpose: str, operation: Callable[[redis.Redis], T]) -> T | None:
    """Return what ``operation`` returns, or ``None`` when Redis is down (counted under ``purpose``).

    ``operation`` must not itself return ``None`` for an answer that matters.
    """
    try:
        if time.monotonic() < _Pause.until:
            raise RedisPausedError("paused")
        return operation(client())
    except RedisError as error:
        if not isinstance(error, RedisPausedError):
            log.warning("redis.failed", purpose=purpose, cause=type(error).__name__)
            if isinstance(error, RedisConnectionError | RedisTimeoutError):
                _Pause.until = time.monotonic() + PAUSE_SECONDS
        FAILURES.labels(purpose).inc()
        return None


def resume() -> None:
    """Ask Redis again at once, without waiting for the pause to end."""
    _Pause.until = 0.0
