"""The relay: deliver due events to their handlers, each effect once.

Several relays may run at once and any may be killed at any point. While a handler runs, its transaction
holds the event's row lock, so no second relay runs it; the handler's effects and the ``HandledEvent`` row
commit together, so a relay that is killed leaves either both or nothing.

Order: an event waits while an earlier one of its aggregate is pending. A dead letter does not hold up the
ones after it: parked for a human, it would otherwise stop that order's life for days. Retried later it is
delivered late, so handlers look at the present state of things and not only at the event.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.module_loading import import_string
from prometheus_client import Counter

from shop.core import clock
from shop.core.db import claim_rows, run_in_transaction
from shop.core.failures import describe_failure
from shop.core.models import HandledEvent, OutboxEvent
from shop.core.outbox.publishing import handlers_of

Handler = Callable[[Mapping[str, Any]], None]

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

_BATCH = 100

_DELIVERED = Counter("shop_outbox_events_total", "Events by how their delivery ended.", ["outcome"])

logger = logging.getLogger(__name__)


class _TakenByAnother(Exception):
    """Another relay has the event, or has settled it."""


def relay(limit: int = 500) -> int:
    """Deliver at most ``limit`` due events and return how many were delivered, put off or parked."""
    finished = 0
    while finished < limit:
        due = list(due_events()[: min(_BATCH, limit - finished)])
        settled = sum(_deliver(event) for event in due)
        if not settled:
            break
        finished += settled
    return finished


def due_events() -> QuerySet[OutboxEvent]:
    """Return the pending events whose turn it is, oldest first."""
    pending = OutboxEvent.objects.filter(state=OutboxEvent.State.PENDING)
    earlier = pending.filter(aggregate=OuterRef("aggregate"), id__lt=OuterRef("id"))
    return pending.filter(~Exists(earlier), next_attempt_at__lte=clock.wall()).order_by("id")


def _deliver(event: OutboxEvent) -> bool:
    """Run every handler of ``event`` that has not taken effect yet; return whether it was ours to settle."""
    handlers = handlers_of(event.name)
    failure = ""
    try:
        for handler in handlers:
            last = handler == handlers[-1] and not failure
            failure = _run_handler(event.pk, handler, last=last) or failure
        if failure or not handlers:
            run_in_transaction(lambda: _settle(_claim(event.pk), failure))
    except _TakenByAnother:
        return False
    return True


def _run_handler(event_id: int, handler: str, *, last: bool) -> str:
    """Run one handler in a transaction of its own; return what went wrong, or nothing.

    One handler's failure must not keep the others from theirs, whatever it is. The last one's transaction
    settles the event too: a commit saved on every event.
    """
    try:
        run_in_transaction(lambda: _handle_once(event_id, handler, last=last))
    except _TakenByAnother:
        raise
    except Exception as error:  # noqa: BLE001  recorded on the event, retried, parked for a human
        reason = f"{handler}: {describe_failure(error)}"
        logger.warning("outbox_handler_failed", extra={"event_id": event_id, "reason": reason})
        return reason[:500]
    return ""


def _handle_once(event_id: int, handler: str, *, last: bool) -> None:
    event = _claim(event_id)
    if not event.handled.filter(handler=handler).exists():
        function: Handler = import_string(handler)
        function(event.payload)
        HandledEvent.objects.create(event=event, handler=handler)
    if last:
        _settle(event, "")


def _claim(event_id: int) -> OutboxEvent:
    """Lock the event for the rest of the transaction, unless another relay has it or has settled it."""
    pending = OutboxEvent.objects.filter(pk=event_id, state=OutboxEvent.State.PENDING)
    rows = claim_rows(pending, limit=1)
    if not rows:
        raise _TakenByAnother
    return rows[0]


def _settle(event: OutboxEvent, failure: str) -> None:
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
    event.save(update_fields=["state", "attempts", "next_attempt_at", "finished_at", "last_error"])
    _DELIVERED.labels("put_off" if event.state == OutboxEvent.State.PENDING else event.state).inc()
