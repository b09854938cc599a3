"""Dead letters: events that failed until their retries ran out and wait for a human."""

from shop.core import audit, clock, permissions
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_row
from shop.core.errors import Conflict
from shop.core.models import OutboxEvent
from shop.core.outbox.publishing import kick_after_commit


@in_transaction
def retry_dead_letter(*, actor: Actor, event_id: int) -> None:
    """Put a parked event back in the queue with its retries renewed; handlers that succeeded stay done.

    Needs ``core.retry_dead_letter`` and leaves an audit entry. Locks the event. Raises ``Forbidden``,
    ``NotFound`` for an unknown event, ``Conflict`` when it is not parked.
    """
    permissions.require(actor, "core.retry_dead_letter")
    event = lock_row(OutboxEvent.objects.filter(pk=event_id))
    if event.state != OutboxEvent.State.DEAD:
        raise Conflict
    before = {"state": event.state, "attempts": event.attempts, "error": event.last_error}
    event.state = OutboxEvent.State.PENDING
    event.attempts = 0
    event.next_attempt_at = clock.wall()
    event.finished_at = event.taken_at = None
    event.save(update_fields=["state", "attempts", "next_attempt_at", "finished_at", "taken_at"])
    audit.record(
        actor=actor,
        action="core.retry_dead_letter",
        subject=event,
        before=before,
        after={"state": event.state, "attempts": event.attempts},
    )
    kick_after_commit()
