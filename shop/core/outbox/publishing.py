"""Publishing: an event is a row in the transaction of the fact it tells about."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import connection, transaction

from shop.core.models import OutboxEvent
from shop.core.outbox.kick import kick


@dataclass(frozen=True)
class Event:
    """Base of every event; a subclass is a frozen dataclass of primitives with ``name`` and ``aggregate``.

    ``aggregate`` (a field or a property, such as ``"order:ABC"``) is the thing whose events stay in order.
    Order holds for publishers that lock that thing's row, as services do: ids are given out before commit,
    and only the lock makes the second publisher wait for the first one's commit.
    """

    name: ClassVar[str]

    if TYPE_CHECKING:

        @property
        def aggregate(self) -> str: ...


def publish(event: Event) -> None:
    """Write ``event`` in the open transaction and have it delivered soon after commit.

    Raises ``RuntimeError`` outside a transaction: an event without its fact, or a fact without its event,
    is what the outbox exists to prevent. ``TypeError`` when a field is not made of primitives.
    """
    publish_many([event])


def publish_many(events: Sequence[Event]) -> None:
    """Write ``events`` in this order by one statement; otherwise as ``publish``. None: nothing."""
    if not events:
        return
    if not connection.in_atomic_block:
        raise RuntimeError(f"{events[0].name} was published outside a transaction.")
    OutboxEvent.objects.bulk_create(
        [
            OutboxEvent(name=event.name, aggregate=event.aggregate, payload=payload_of(event))
            for event in events
        ]
    )
    kick_after_commit()


def kick_after_commit() -> None:
    """Wake the relay when the open transaction commits; however often it is asked, once."""
    if not any(callback[1] is kick for callback in connection.run_on_commit):
        transaction.on_commit(kick, robust=True)


def payload_of(event: Event) -> dict[str, Any]:
    """Return the event's fields as handlers will read them from the database: JSON types only."""
    payload: dict[str, Any] = json.loads(json.dumps(asdict(event), allow_nan=False))
    return payload
