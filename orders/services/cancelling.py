"""Ending an order before it is on its way: unpaid ones are closed, paid ones refunded in full."""

from orders.errors import UseAfterSale
from orders.events import OrderRefunded
from orders.models import Order
from orders.payable import KIND, close_order
from orders.permissions import CANCEL_ORDER
from orders.services.cards import refund_card
from orders.services.locking import check_standing, lock_order
from orders.states import Status, record_event
from shop.core import audit, clock
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_rows
from shop.core.outbox import publish
from shop.core.permissions import require
from shop.payments.queries import kept_payments
from shop.payments.services.closing import close_payable, pursue_closing
from shop.payments.services.refunds import request_refund

_REFUNDS = Actor.system("orders.cancel")
UNPAID = (Status.PENDING_PAYMENT, Status.CLOSING)
UNSHIPPED = (Status.AWAITING_SHIPMENT, Status.AWAITING_PICKUP)
_ENDED = (Status.CLOSED, Status.REFUNDED)


def cancel_order(*, actor: Actor, number: str, reason: str = "", seen: str | None = None) -> Order:
    """Cancel an order and return it as it stands then.

    Unpaid: closed, or ``closing`` while WeChat has not confirmed that nothing was paid. Paid and unshipped:
    closed, its goods given back, everything paid promised back. Already ended: nothing happens. Call it
    outside a transaction, because WeChat is asked at once. A member cancels their own orders, staff need the
    permission (audited) and say with ``seen`` (``standing_of``) what they decided about.

    Raises ``NotFound``, ``Forbidden``, ``OrderChanged``, ``UseAfterSale`` once a parcel left.
    """
    order = _cancel(actor=actor, number=number, reason=reason, seen=seen)
    if order.status == Status.CLOSING:
        pursue_closing(payable_kind=KIND, payable_number=number)
        order = Order.objects.get(pk=order.pk)
    return order


@in_transaction
def _cancel(*, actor: Actor, number: str, reason: str, seen: str | None) -> Order:
    """Decide under the order's lock. Locks order, payment, refund, stock, reservations."""
    order = lock_order(number, member_id=_owner(actor))
    if actor.kind == "staff":
        require(actor, CANCEL_ORDER)
        check_standing(order, seen)
        _record_staff(actor, order, reason)
    if order.status in UNPAID:
        if reason:
            record_event(order, "cancelled", actor=actor, reason=reason)
        close_payable(actor=actor, payable_kind=KIND, payable_number=number, reason=actor.kind)
        return Order.objects.get(pk=order.pk)
    if order.status in UNSHIPPED:
        _refund_all(order, actor=actor, reason=reason)
    elif order.status not in _ENDED:
        raise UseAfterSale(status=order.status)
    return order


def _owner(actor: Actor) -> int | None:
    return actor.id if actor.kind == "member" else None


def _record_staff(actor: Actor, order: Order, reason: str) -> None:
    audit.record(
        actor=actor,
        action=CANCEL_ORDER,
        subject=order,
        before={"status": order.status, "paid": order.paid},
        reason=reason,
    )


def _refund_all(order: Order, *, actor: Actor, reason: str) -> None:
    """Close a paid order and promise every kept payment's rest back; payments are locked before stock,
    wallets after it. A card bought with it goes back too, unless another order used it."""
    if order.after_sale_status == Order.AfterSaleStatus.OPEN:
        raise UseAfterSale(status=order.status)
    payments = lock_rows(kept_payments(payable_kind=KIND, payable_number=order.number))
    close_order(order, actor=actor, reason=actor.kind, kind="cancelled", note=reason)
    kept = refund_card(order, payments)
    if order.card_purchase_id is not None:
        payments = lock_rows(kept_payments(payable_kind=KIND, payable_number=order.number))
    left = sum(payment.refundable for payment in payments) - kept
    for payment in payments:
        amount = min(left, payment.refundable)
        if amount > 0:
            left -= amount
            request_refund(
                actor=_REFUNDS,
                payment_number=payment.number,
                amount=amount,
                reason="cancelled",
                reference=f"cancel:{order.number}",
            )
    if order.paid == order.card_amount:
        publish(OrderRefunded(order.number, order.pk, order.member_id, order.payable, amount=0, whole=True))


@in_transaction
def expire_order(*, number: str) -> bool:
    """Close an order whose time to pay is over; say whether that was begun. Safe to repeat and at once.

    Locks order, payment, stock, reservations.
    """
    order = lock_order(number)
    if order.status != Status.PENDING_PAYMENT or order.expires_at is None or order.expires_at > clock.now():
        return False
    close_payable(
        actor=Actor.system("orders.expire"), payable_kind=KIND, payable_number=number, reason="expired"
    )
    return True
