"""The kick: tell a worker right after commit that there is something to deliver.

Only a hint. It may take 50 ms to connect and 50 ms to send, is never repeated and never fails the request:
what a lost kick leaves behind, the sweep job finds.
"""

import celery
from kombu.exceptions import KombuError
from kombu.pools import producers
from prometheus_client import Counter
from redis.exceptions import RedisError

from shop.core.errors import Unavailable
from shop.core.network import Breaker

RELAY_TASK = "shop.core.outbox.tasks.relay_outbox"
RELAY_QUEUE = "default"

_TIMEOUT_SECONDS = 0.05
_TRANSPORT_OPTIONS = {
    "socket_timeout": _TIMEOUT_SECONDS,
    "socket_connect_timeout": _TIMEOUT_SECONDS,
    "max_retries": 0,  # otherwise kombu waits seconds for a broker that is down
}

KICK_FAILURES = Counter("shop_outbox_kick_failures_total", "Kicks that did not reach the broker.")

# While the broker is down, one request in five seconds finds out, not every one.
_breaker = Breaker("outbox_kick", failure_threshold=1, cool_down=5.0, refusal=Unavailable)


def kick() -> None:
    """Ask a worker to run the relay now; a failure is counted and forgotten."""
    try:
        _breaker.admit()
    except Unavailable:
        KICK_FAILURES.inc()
        return
    try:
        _send()
    except (KombuError, RedisError, OSError):
        KICK_FAILURES.inc()
        _breaker.record(success=False)
    else:
        _breaker.record(success=True)


def _send() -> None:
    app = celery.current_app
    connection = app.connection_for_write(transport_options=_TRANSPORT_OPTIONS)
    with producers[connection].acquire(block=True, timeout=_TIMEOUT_SECONDS) as producer:
        app.send_task(RELAY_TASK, queue=RELAY_QUEUE, producer=producer, retry=False, ignore_result=True)
