"""Money of an order went back: what that means for the order."""

from catalog.services.stock import release_reservation
from orders.events import OrderRefunded
from orders.models import Order, OrderLine
from orders.services.locking import lock_order
from orders.services.points import give_back_share
from orders.states import Status, may_move, record_event, transition, write_columns
from shop.core.actors import Actor
from shop.core.db import in_transaction
from shop.core.money import allocate
from shop.core.outbox import publish

_PAYMENTS = Actor.system("payments")


@in_transaction
def apply_refund(*, number: str, refund: str, amount: int) -> None:
    """Book ``amount`` fen that the payer has back under the refund's number; call it once for each refund.

    When nothing of the money is left the order is refunded, its lines count as returned and what it still
    holds in stock is given back; pieces that were shipped come back only by a return. Points come back in
    proportion. Locks order, stock, reservations, points.
    """
    order = lock_order(number)
    whole = order.refunded + amount >= order.paid
    paid = Order.PaymentStatus.REFUNDED if whole else Order.PaymentStatus.PARTLY_REFUNDED
    changes = {"refunded": order.refunded + amount, "payment_status": paid}
    data = {"amount": amount, "refund": refund}
    if whole and may_move(order.status, Status.REFUNDED):
        transition(order, Status.REFUNDED, actor=_PAYMENTS, kind="refunded", data=data, changes=changes)
        release_reservation(reference=order.number, actor=_PAYMENTS, reason="refunded")
    else:
        write_columns(order, changes)
        record_event(order, "refunded", actor=_PAYMENTS, data=data)
    if whole:
        _return_lines(order)
    give_back_share(order, refund=refund)
    publish(
        OrderRefunded(
            order.number,
            order.pk,
            order.member_id,
            order.payable,
            refund=refund,
            amount=amount,
            whole=whole,
        )
    )


def _return_lines(order: Order) -> None:
    """Spread what went back over the lines, in proportion to what each carried."""
    lines = list(OrderLine.objects.filter(order=order))
    carried = [line.payable + line.freight for line in lines]
    for line, share in zip(lines, allocate(order.refunded, carried), strict=True):
        line.refunded = share
        line.refunded_quantity = line.quantity
    OrderLine.objects.bulk_update(lines, ["refunded", "refunded_quantity"])
