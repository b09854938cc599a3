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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

from django.db import connection
from django.db.utils import OperationalError
from django.utils.module_loading import import_string
from prometheus_client import Counter

from shop.core import clock
from shop.core.db import LOCK_NOT_AVAILABLE, run_in_transaction, sqlstate
from shop.core.failures import describe_failure
from shop.core.models import OutboxEvent
from shop.core.outbox.conditions import Handler, is_wanted
from shop.core.outbox.publishing import handlers_of
from shop.core.prepared import Prepared
from shop.core.rows import find_row, update_row

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
_TAKE = f"""
WITH due AS ({_DUE} LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED),
leased AS (
    UPDATE core_outboxevent AS event SET taken_at = %(now)s, next_attempt_at = %(until)s
    FROM due WHERE event.id = due.id AND due.taken_at IS NULL)
SELECT * FROM due ORDER BY id
"""  # noqa: S608  our own text

_MINE = "id = %(event)s AND state = 'pending' AND taken_at = %(taken_at)s"
_HOLD = f"SELECT id FROM core_outboxevent WHERE {_MINE} FOR NO KEY UPDATE"  # noqa: S608
_HOLD_AND_SETTLE = f"""
UPDATE core_outboxevent SET state = 'done', finished_at = %(now)s, taken_at = NULL WHERE {_MINE} RETURNING id
"""  # noqa: S608
_EFFECT = """
WITH held AS (%s),
handled AS (
    INSERT INTO core_handledevent (event_id, handler, handled_at) SELECT id, %%(handler)s, %%(now)s FROM held
    ON CONFLICT (event_id, handler) DO NOTHING RETURNING id)
SELECT EXISTS (SELECT FROM held), EXISTS (SELECT FROM handled)
"""
_HANDLE, _HANDLE_LAST = Prepared(_EFFECT % _HOLD), Prepared(_EFFECT % _HOLD_AND_SETTLE)

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

    def take() -> list[OutboxEvent]:
        values = {"now": now, "until": now + LEASE, "limit": limit}
        return list(OutboxEvent.objects.raw(_TAKE, values))

    now = clock.wall()
    due = _jot(take)
    fresh = [event for event in due if event.taken_at is None]
    suspects = [event for event in due if event.taken_at is not None]
    for event in fresh:
        event.taken_at = now
    return fresh, sorted(suspects, key=lambda event: event.attempts)


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
    return run_in_transaction(function, flushed=False)


def _deliver(event: OutboxEvent) -> bool:
    """Run every handler of ``event`` that wants it and has not taken effect yet; return whether it was ours
    to settle."""
    handlers = [handler for handler in handlers_of(event.name) if is_wanted(handler, event.payload)]
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
    if last:
        _count(OutboxEvent.State.DONE)
    return ""


def _handle_once(event: OutboxEvent, handler: str, *, last: bool) -> None:
    """Hold the event, or settle it if this is its ``last`` handler, and take effect unless that was done.

    All of it commits with the effect or not at all.
    """
    statement = _HANDLE_LAST if last else _HANDLE
    values = {"event": event.pk, "taken_at": event.taken_at, "handler": handler, "now": clock.wall()}
    with _lock_of_another(), connection.cursor() as cursor:
        statement.run(cursor, values)
        is_ours, is_new = cursor.fetchone()
    if not is_ours:
        raise _TakenByAnother
    if is_new:
        function: Handler = import_string(handler)
        function(event.payload)


def _claim(taken: OutboxEvent) -> OutboxEvent:
    """Lock the event for the rest of the transaction, unless it is no longer ours."""
    pending = OutboxEvent.State.PENDING
    with _lock_of_another():
        event = find_row(OutboxEvent, lock=True, id=taken.pk, state=pending, taken_at=taken.taken_at)
    if event is None:
        raise _TakenByAnother
    return event


@contextmanager
def _lock_of_another() -> Iterator[None]:
    """Wait for the event's row: a relay that looks for work holds rows for a moment.

    One that still holds it after the lock time-out is running a handler that outlived its lease.
    """
    try:
        yield
    except OperationalError as error:
        if sqlstate(error) != LOCK_NOT_AVAILABLE:
            raise
        raise _TakenByAnother from error


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
    _count(event.state)


def _count(state: str) -> None:
    _DELIVERED.labels("put_off" if state == OutboxEvent.State.PENDING else state).inc()
