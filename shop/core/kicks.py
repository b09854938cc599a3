"""Kicks: tell a worker, right after commit, that something waits.

Only a hint. It may take 50 ms to connect and 50 ms to send, is never repeated and never fails the request:
whoever kicks also has a sweep job that finds what a lost kick left behind.
"""

import functools

import celery
from kombu import Connection
from kombu.exceptions import KombuError
from kombu.pools import producers
from kombu.utils.uuid import uuid
from prometheus_client import Counter
from redis.exceptions import RedisError

from shop.core.errors import Unavailable
from shop.core.network import Breaker
from shop.core.redis import attempt

_TIMEOUT_SECONDS = 0.05
_TRANSPORT_OPTIONS = {
    "socket_timeout": _TIMEOUT_SECONDS,
    "socket_connect_timeout": _TIMEOUT_SECONDS,
    "max_retries": 0,  # otherwise kombu waits seconds for a broker that is down
}

KICK_FAILURES = Counter("shop_kick_failures_total", "Kicks that did not reach the broker.", ["task"])

# There is one broker. While it is down, one request in five seconds finds out, not every one.
_breaker = Breaker("kick", failure_threshold=1, cool_down=5.0, refusal=Unavailable)

_WAITING_MILLISECONDS = 1000
"""A kick that was lost after all keeps the others away for no longer than this."""


def ask_once(key: str, task: str, *, queue: str) -> None:
    """Kick the task ``task`` unless a kick under ``key`` is on its way and its task has not ``begun``.

    A task that was asked for and has not begun will see this transaction too, so a busy shop does not send
    one task per order. When Redis cannot tell, everybody asks.
    """
    asked = attempt("kick", lambda client: bool(client.set(key, 1, nx=True, px=_WAITING_MILLISECONDS)))
    if asked is not False and not send_kick(task, queue=queue):
        begun(key)


def begun(key: str) -> None:
    """The task begins to look: what is committed from now on needs a kick of its own."""
    attempt("kick", lambda client: client.delete(key))


def send_kick(task: str, *arguments: str | int, queue: str) -> bool:
    """Send the task ``task`` to ``queue`` now, or count that it could not be sent; return whether it was."""
    try:
        _breaker.admit()
    except Unavailable:
        KICK_FAILURES.labels(task).inc()
        return False
    try:
        _send(task, arguments, queue)
    except (KombuError, RedisError, OSError):
        KICK_FAILURES.labels(task).inc()
        _breaker.record(success=False)
        return False
    _breaker.record(success=True)
    return True


def _send(task: str, arguments: tuple[str | int, ...], queue: str) -> None:
    """Put the message into the queue as ``send_task`` would, but make nothing to wait for a result with.

    No task of ours stores one, and looking for the result's backend is half of what ``send_task`` does.
    """
    amqp = celery.current_app.amqp
    message = amqp.create_task_message(uuid(), task, arguments, {}, ignore_result=True)
    with producers[_broker()].acquire(block=True, timeout=_TIMEOUT_SECONDS) as producer:
        amqp.send_task_message(producer, task, message, queue=queue, retry=False)


@functools.cache
def _broker() -> Connection:
    """Return what the pool of producers is known by; it is never connected itself."""
    return celery.current_app.connection_for_write(transport_options=_TRANSPORT_OPTIONS)
