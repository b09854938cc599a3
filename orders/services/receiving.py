"""The last steps of an order: received, completed, and what a member may do with it meanwhile."""

from datetime import timedelta

from orders.errors import OrderStateRefused, RemindedRecently
from orders.events import OrderCompleted, OrderReceived, OrderReminded
from orders.models import Order
from orders.permissions import CONFIRM_RECEIPT
from orders.services.locking import lock_order
from orders.states import Status, record_event, transition, write_columns
from shop.core import audit, clock, runtime
from shop.core.actors import Actor
from shop.core.db import in_transaction
from shop.core.outbox import publish
from shop.core.permissions import require

REMIND_EVERY = timedelta(days=1)
HIDEABLE = (Status.COMPLETED, Status.CLOSED, Status.REFUNDED)
REMINDABLE = (Status.AWAITING_SHIPMENT, Status.PARTLY_SHIPPED)


@in_transaction
def confirm_receipt(*, actor: Actor, number: str, reason: str = "") -> Order:
    """Note that the member has the goods. Confirming twice changes nothing. Locks the order.

    A member confirms their own order, staff need the permission (audited). Raises ``NotFound``,
    ``Forbidden``, ``OrderStateRefused`` before the last parcel left.
    """
    order = lock_order(number, member_id=actor.id if actor.kind == "member" else None)
    if actor.kind == "staff":
        require(actor, CONFIRM_RECEIPT)
    if order.status in (Status.RECEIVED, Status.COMPLETED):
        return order
    if order.status != Status.SHIPPED:
        raise OrderStateRefused(status=order.status)
    if actor.kind == "staff":
        audit.record(actor=actor, action=CONFIRM_RECEIPT, subject=order, reason=reason)
    receive_order(order, actor=actor, kind="received", reason=reason)
    return order


def receive_order(order: Order, *, actor: Actor, kind: str, reason: str = "") -> None:
    """Make a locked order received and start the time after which it is completed."""
    now = clock.now()
    transition(
        order,
        Status.RECEIVED,
        actor=actor,
        kind=kind,
        reason=reason,
        changes={
            "received_at": now,
            "complete_by": now + timedelta(seconds=runtime.value("complete_order_seconds")),
        },
    )
    publish(OrderReceived(order.number, order.pk, order.member_id, order.payable, by=actor.kind))


@in_transaction
def auto_receive(*, number: str) -> bool:
    """Take an order as received because its time is over; say whether it was done."""
    order = lock_order(number)
    if order.status != Status.SHIPPED or order.receive_by is None or order.receive_by > clock.now():
        return False
    receive_order(order, actor=Actor.system("orders.auto_receive"), kind="auto_received")
    return True


@in_transaction
def complete_order(*, number: str) -> bool:
    """Complete a received order whose time for returns is over; say whether it was done.

    An open after-sale keeps it open.
    """
    order = lock_order(number)
    early = order.complete_by is None or order.complete_by > clock.now()
    if order.status != Status.RECEIVED or early or order.after_sale_status == Order.AfterSaleStatus.OPEN:
        return False
    transition(
        order,
        Status.COMPLETED,
        actor=Actor.system("orders.complete"),
        kind="completed",
        changes={"completed_at": clock.now()},
    )
    publish(OrderCompleted(order.number, order.pk, order.member_id, order.payable))
    return True


@in_transaction
def remind_shop(*, actor: Actor, number: str) -> Order:
    """Let the shop know that the member waits for the goods; once a day. Locks the order.

    Raises ``NotFound``, ``OrderStateRefused`` unless something is to be sent, ``RemindedRecently``.
    """
    order = lock_order(number, member_id=actor.id)
    if order.status not in REMINDABLE:
        raise OrderStateRefused(status=order.status)
    now = clock.now()
    if order.reminded_at is not None and order.reminded_at > now - REMIND_EVERY:
        raise RemindedRecently
    write_columns(order, {"reminded_at": now})
    record_event(order, "reminded", actor=actor)
    publish(OrderReminded(order.number, order.pk, order.member_id, order.payable))
    return order


@in_transaction
def hide_order(*, actor: Actor, number: str) -> None:
    """Take an ended order out of the member's list; the shop keeps it. Locks the order.

    Raises ``NotFound`` (hidden before, too), ``OrderStateRefused`` while anything can still happen.
    """
    order = lock_order(number, member_id=actor.id)
    if order.status not in HIDEABLE or _money_under_way(order):
        raise OrderStateRefused(status=order.status)
    write_columns(order, {"is_hidden": True})


def _money_under_way(order: Order) -> bool:
    """Return whether a closed order's refund has not arrived yet."""
    return order.status == Status.CLOSED and order.refunded < order.paid
