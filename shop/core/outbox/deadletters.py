"""Dead letters: events that failed until their retries ran out and wait for a human."""

from shop.core import clock
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_row
from shop.core.errors import Conflict
from shop.core.models import OutboxEvent
from shop.core.outbox.publishing import kick_after_commit


@in_transaction
def retry_dead_letter(*, actor: Actor, event_id: int) -> None:
    """Put a parked event back in the queue with its retries renewed; handlers that succeeded stay done.

    Locks the event. Raises ``NotFound`` for an unknown event, ``Conflict`` when it is not parked.
    """
    event = lock_row(OutboxEvent.objects.filter(pk=event_id))
    if event.state != OutboxEvent.State.DEAD:
        raise Conflict
    event.state = OutboxEvent.State.PENDING
    event.attempts = 0
    event.next_attempt_at = clock.wall()
    event.finished_at = None
    event.save(update_fields=["state", "attempts", "next_attempt_at", "finished_at"])
    kick_after_commit()
