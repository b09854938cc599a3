"""Publishing: an event is a row in the transaction of the fact it tells about."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import connection, transaction

from shop.core import clock
from shop.core.models import OutboxEvent
from shop.core.outbox.kick import kick
from shop.core.roof import roof_table
from shop.core.rows import insert_rows


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
    """Write ``events`` in this order by one statement; otherwise as ``publish``. None: nothing.

    What nobody subscribed to is settled as it is written: there is nothing to deliver.
    """
    if not events:
        return
    if not connection.in_atomic_block:
        raise RuntimeError(f"{events[0].name} was published outside a transaction.")
    rows = [_row(event) for event in events]
    insert_rows(rows)
    if any(row.state == OutboxEvent.State.PENDING for row in rows):
        kick_after_commit()


def _row(event: Event) -> OutboxEvent:
    row = OutboxEvent(name=event.name, aggregate=event.aggregate, payload=payload_of(event))
    if not handlers_of(event.name):
        row.state = OutboxEvent.State.DONE
        row.finished_at = clock.wall()
    return row


def kick_after_commit() -> None:
    """Wake the relay when the open transaction commits; however often it is asked, once."""
    if not any(callback[1] is kick for callback in connection.run_on_commit):
        transaction.on_commit(kick, robust=True)


def handlers_of(name: str) -> tuple[str, ...]:
    """Return the dotted handlers that the roof subscribed to the event ``name``."""
    subscriptions: Mapping[str, tuple[str, ...]] = roof_table("SUBSCRIPTIONS")
    return subscriptions.get(name, ())


def payload_of(event: Event) -> dict[str, Any]:
    """Return the event's fields as handlers will read them from the database: JSON types only."""
    payload: dict[str, Any] = json.loads(json.dumps(asdict(event), allow_nan=False))
    return payload
