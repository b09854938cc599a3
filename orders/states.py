"""Where an order may go from where it stands: one table, one function that moves it."""

from collections.abc import Mapping
from typing import Any, Final

from orders.errors import OrderStateRefused
from orders.models import Order, OrderEvent
from shop.core import clock
from shop.core.actors import Actor
from shop.core.correlation import current_request_id
from shop.core.rows import insert_row, update_row

Status = Order.Status

PAID: Final = frozenset({Status.AWAITING_SHIPMENT, Status.AWAITING_PICKUP})
"""Where an order goes when it is paid."""

TRANSITIONS: Final[Mapping[Status, frozenset[Status]]] = {
    Status.PENDING_PAYMENT: PAID | {Status.CLOSING, Status.CLOSED},
    Status.CLOSING: PAID | {Status.CLOSED},
    # Money that came after the release revives the order if its goods are still there.
    Status.CLOSED: PAID | {Status.REFUNDED},
    # Cancelling a paid order closes it; it is refunded when the money has arrived.
    Status.AWAITING_SHIPMENT: frozenset(
        {Status.PARTLY_SHIPPED, Status.SHIPPED, Status.CLOSED, Status.REFUNDED}
    ),
    Status.AWAITING_PICKUP: frozenset({Status.RECEIVED, Status.CLOSED, Status.REFUNDED}),
    Status.PARTLY_SHIPPED: frozenset({Status.SHIPPED, Status.REFUNDED}),
    Status.SHIPPED: frozenset({Status.RECEIVED, Status.REFUNDED}),
    Status.RECEIVED: frozenset({Status.COMPLETED, Status.REFUNDED}),
    Status.COMPLETED: frozenset({Status.REFUNDED}),
    Status.REFUNDED: frozenset(),
    # Presale and group buy bring the steps that lead here.
    Status.AWAITING_BALANCE: frozenset(),
    Status.AWAITING_GROUP: frozenset(),
}
"""Every legal step."""


def may_move(from_status: str, to: str) -> bool:
    """Return whether the table has this step."""
    return Status(to) in TRANSITIONS[Status(from_status)]


def transition(
    order: Order,
    to: Status,
    *,
    actor: Actor,
    kind: str,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
) -> OrderEvent:
    """Move a locked order to ``to`` together with ``changes`` (column -> value); append and return its event.

    The caller holds the row's lock. Raises ``OrderStateRefused`` when the table does not have the step;
    nothing is written then.
    """
    former = order.status
    if not may_move(former, to):
        raise OrderStateRefused(status=former)
    write_columns(order, {"status": to, **(changes or {})})
    return record_event(order, kind, actor=actor, reason=reason, data=data, former=former)


def write_columns(order: Order, changes: Mapping[str, Any]) -> None:
    """Set columns of a locked order and write just these."""
    for column, value in changes.items():
        setattr(order, column, value)
    update_row(order, *changes)


def record_event(
    order: Order,
    kind: str,
    *,
    actor: Actor,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
    former: str = "",
    is_public: bool = True,
) -> OrderEvent:
    """Append one event to the order's timeline; ``former`` is the status it left, if it moved."""
    event = OrderEvent(
        order=order,
        kind=kind,
        from_status=former,
        to_status=order.status if former else "",
        actor_kind=actor.kind,
        actor_label=actor.label[:150],
        reason=reason[:200],
        data=dict(data or {}),
        is_public=is_public,
        request_id=current_request_id()[:64],
        at=clock.now(),
    )
    insert_row(event)
    return event


def first_event(order: Order, *, actor: Actor) -> OrderEvent:
    """Return the event with which the timeline of a new order begins; it is inserted with the order."""
    return OrderEvent(
        order=order,
        kind="placed",
        to_status=order.status,
        actor_kind=actor.kind,
        actor_label=actor.label[:150],
        request_id=current_request_id()[:64],
        at=clock.now(),
    )
