"""The relay: deliver due events to their handlers, each effect once.

Several relays may run at once and any may be killed at any point. While a handler runs, its transaction
holds the event's row lock, so no second relay runs it; the handler's effects and the ``HandledEvent`` row
commit together, so a relay that is killed leaves either both or nothing.

A relay takes a few events at a time and notes that on them first, for ``LEASE``. One whose lease has run out
is suspected of having killed its process (out of memory, a crash in C): from then on it is taken alone, and
each start counts as a failed attempt until it has ended, so that it too becomes a dead letter in the end.

Order: an event waits while an earlier one of its aggregate is pending. A dead letter does not hold up the
ones after it: parked for a human, it would otherwise stop that order's life for days. Retried later it is
delivered late, so handlers look at the present state of things and not only at the event.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

from django.db import connection
from django.db.utils import OperationalError
from django.utils.module_loading import import_string
from prometheus_client import Counter

from shop.core import clock
from shop.core.db import (
    LOCK_NOT_AVAILABLE,
    run_in_transaction,
    sqlstate,
    transaction_depth,
)
from shop.core.failures import describe_failure
from shop.core.models import HandledEvent, OutboxEvent
from shop.core.outbox.publishing import handlers_of
from shop.core.rows import find_row, insert_unless_there, update_row

Handler = Callable[[Mapping[str, Any]], None]
T = TypeVar("T")

BACK_OFF = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)
"""How long an event waits after its first, second, ... failure; after one more it is a dead letter."""

LEASE = timedelta(seconds=30)
"""How long a relay has for the events it took. Longer is harmless: the row lock keeps a handler alone."""

PROCESS_ENDED = "The process that delivered this event ended without a word."

_BATCH = 20

_DELIVERED = Counter("shop_outbox_events_total", "Events by how their delivery ended.", ["outcome"])

_DUE = """
SELECT event.* FROM core_outboxevent AS event
WHERE event.state = 'pending' AND event.next_attempt_at <= %(now)s AND NOT EXISTS (
    SELECT FROM core_outboxevent AS earlier
    WHERE earlier.state = 'pending' AND earlier.aggregate = event.aggregate AND earlier.id < event.id)
ORDER BY event.id
"""
_TAKE = _DUE + "LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED"

logger = logging.getLogger(__name__)


class _TakenByAnother(Exception):
    """Another relay has the event, or has settled it."""


def relay(limit: int = 500) -> int:
    """Deliver at most ``limit`` due events and return how many were delivered, put off or parked."""
    finished = 0
    while finished < limit:
        fresh, suspects = _take(min(_BATCH, limit - finished))
        settled = sum(_deliver(event) for event in fresh)
        settled += sum(_deliver_alone(event) for event in suspects)
        if not settled:
            break
        finished += settled
    return finished


def due_events() -> list[OutboxEvent]:
    """Return the pending events whose turn it is, oldest first."""
    return list(OutboxEvent.objects.raw(_DUE, {"now": clock.wall()}))


def _take(limit: int) -> tuple[list[OutboxEvent], list[OutboxEvent]]:
    """Take due events that no relay has in hand: those now leased to us, and the suspects, which are not yet.

    Of the suspects those come first that were suspected least: most of them are only victims.
    """

    def take() -> tuple[list[OutboxEvent], list[OutboxEvent]]:
        due = list(OutboxEvent.objects.raw(_TAKE, {"now": clock.wall(), "limit": limit}))
        fresh = [event for event in due if event.taken_at is None]
        suspects = [event for event in due if event.taken_at is not None]
        now = clock.wall()
        for event in fresh:
            event.taken_at = now
        if fresh:
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE core_outboxevent SET taken_at = %s, next_attempt_at = %s WHERE id = ANY(%s)",
                    [now, now + LEASE, [event.pk for event in fresh]],
                )
        return fresh, sorted(suspects, key=lambda event: event.attempts)

    return _jot(take)


def _deliver_alone(event: OutboxEvent) -> bool:
    """Count the attempt that nobody finished, then deliver again unless that was the last one."""

    def count() -> OutboxEvent:
        suspect = _claim(event)
        _settle(suspect, PROCESS_ENDED, in_hand=True)
        return suspect

    try:
        suspect = _jot(count)
    except _TakenByAnother:
        return False
    logger.warning("outbox_process_ended", extra={"event_id": event.pk, "event_name": event.name})
    return _deliver(suspect) if suspect.state == OutboxEvent.State.PENDING else True


def _jot(function: Callable[[], T]) -> T:
    """Run in a transaction that need only outlive this process: its commit does not wait for the disk."""

    def jot() -> T:
        if transaction_depth() == 1:
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL synchronous_commit = off")
        return function()

    return run_in_transaction(jot)


def _deliver(event: OutboxEvent) -> bool:
    """Run every handler of ``event`` that has not taken effect yet; return whether it was ours to settle."""
    handlers = handlers_of(event.name)
    failure = ""
    try:
        for handler in handlers:
            last = handler == handlers[-1] and not failure
            failure = _run_handler(event, handler, last=last) or failure
        if failure or not handlers:
            run_in_transaction(lambda: _settle(_claim(event), failure))
    except _TakenByAnother:
        return False
    return True


def _run_handler(event: OutboxEvent, handler: str, *, last: bool) -> str:
    """Run one handler in a transaction of its own; return what went wrong, or nothing.

    One handler's failure must not keep the others from theirs, whatever it is. The last one's transaction
    settles the event too: a commit saved on every event.
    """
    try:
        run_in_transaction(lambda: _handle_once(event, handler, last=last))
    except _TakenByAnother:
        raise
    except Exception as error:  # noqa: BLE001  recorded on the event, retried, parked for a human
        reason = f"{handler}: {describe_failure(error)}"
        logger.warning("outbox_handler_failed", extra={"event_id": event.pk, "reason": reason})
        return reason[:500]
    return ""


def _handle_once(taken: OutboxEvent, handler: str, *, last: bool) -> None:
    event = _claim(taken)
    if insert_unless_there(HandledEvent(event=event, handler=handler), "event", "handler"):
        function: Handler = import_string(handler)
        function(event.payload)
    if last:
        _settle(event, "")


def _claim(taken: OutboxEvent) -> OutboxEvent:
    """Lock the event for the rest of the transaction, unless it is no longer ours.

    Waits: a relay that looks for work holds rows for a moment. One that still holds it after the lock
    time-out is running a handler that outlived its lease.
    """
    pending = OutboxEvent.State.PENDING
    try:
        event = find_row(OutboxEvent, lock=True, id=taken.pk, state=pending, taken_at=taken.taken_at)
    except OperationalError as error:
        if sqlstate(error) != LOCK_NOT_AVAILABLE:
            raise
        raise _TakenByAnother from error
    if event is None:
        raise _TakenByAnother
    return event


def _settle(event: OutboxEvent, failure: str, *, in_hand: bool = False) -> None:
    """Note how an attempt ended; ``in_hand`` when another one begins with it."""
    event.taken_at = clock.wall() if in_hand else None
    if not failure:
        event.state = OutboxEvent.State.DONE
        event.finished_at = clock.wall()
    else:
        event.last_error = failure
        if event.attempts < len(BACK_OFF):
            event.next_attempt_at = clock.wall() + BACK_OFF[event.attempts]
        else:
            event.state = OutboxEvent.State.DEAD
            event.finished_at = clock.wall()
        event.attempts += 1
    update_row(event, "state", "attempts", "next_attempt_at", "finished_at", "last_error", "taken_at")
    _DELIVERED.labels("put_off" if event.state == OutboxEvent.State.PENDING else event.state).inc()
