"""Tell a worker that a message waits. A hint, sent within 100 ms or not at all: the sweep finds the rest."""

import celery
from kombu.exceptions import KombuError
from kombu.pools import producers
from prometheus_client import Counter
from redis.exceptions import RedisError

from shop.core.errors import Unavailable
from shop.core.network import Breaker

PROCESS_TASK = "shop.wechat.tasks.process_inbox_message"
QUEUE = "critical"

_TIMEOUT_SECONDS = 0.05
_TRANSPORT_OPTIONS = {"socket_timeout": _TIMEOUT_SECONDS, "socket_connect_timeout": _TIMEOUT_SECONDS}

KICK_FAILURES = Counter("shop_wechat_kick_failures_total", "Inbox kicks that did not reach the broker.")

_breaker = Breaker("wechat_inbox_kick", failure_threshold=1, cool_down=5.0, refusal=Unavailable)


def kick(message_id: int) -> None:
    """Ask a worker to act on one message; a failure is counted and left to the sweep."""
    try:
        _breaker.admit()
    except Unavailable:
        KICK_FAILURES.inc()
        return
    try:
        _send(message_id)
    except (KombuError, RedisError, OSError):
        KICK_FAILURES.inc()
        _breaker.record(success=False)
    else:
        _breaker.record(success=True)


def _send(message_id: int) -> None:
    app = celery.current_app
    connection = app.connection_for_write(transport_options=_TRANSPORT_OPTIONS)
    with producers[connection].acquire(block=True, timeout=_TIMEOUT_SECONDS) as producer:
        app.send_task(
            PROCESS_TASK, args=[message_id], queue=QUEUE, producer=producer, retry=False, ignore_result=True
        )
