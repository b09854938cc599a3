"""What happens to an order when its money has come, in time or too late."""

import secrets

from catalog.errors import OutOfStock
from catalog.services.stock import Demand, commit_reservation, reserve_stock
from orders.events import OrderPaid
from orders.models import Order, OrderEvent, OrderLine
from orders.pricing import Delivery
from orders.services.cards import settle_card
from orders.services.wallet import keep_part
from orders.states import Status, transition
from shop.core import clock
from shop.core.actors import Actor
from shop.core.outbox import publish

PICKUP_CODE_DIGITS = 12


def mark_paid(order: Order, *, actor: Actor, amount: int, kind: str = "paid") -> OrderEvent:
    """Make a locked order paid by ``amount`` fen and what its wallet part holds; return its event.

    Its goods, which must be reserved, are kept for good, its card is opened, and it is announced. Raises
    ``OrderStateRefused`` from a state that cannot be paid, and what ``settle_card`` raises.
    """
    now = clock.now()
    pickup = order.delivery == Delivery.PICKUP
    commit_reservation(reference=order.number)
    from_wallet = keep_part(order)
    settle_card(order)
    event = transition(
        order,
        Status.AWAITING_PICKUP if pickup else Status.AWAITING_SHIPMENT,
        actor=actor,
        kind=kind,
        data={"amount": amount + from_wallet, **({"wallet": from_wallet} if from_wallet else {})},
        changes={
            "payment_status": Order.PaymentStatus.PAID,
            "paid": order.paid + amount + from_wallet,
            "paid_at": now,
            "closed_at": None,
            "close_reason": "",
            "pickup_code": _new_pickup_code() if pickup else None,
        },
    )
    publish(
        OrderPaid(
            order.number,
            order.pk,
            order.member_id,
            order.payable,
            paid=order.paid,
            paid_at=now.isoformat(),
        )
    )
    return event


def revive_goods(order: Order, *, actor: Actor) -> bool:
    """Reserve the goods of a closed order once more, for money that came too late; say whether there are any.

    Locks stock rows.
    """
    lines = OrderLine.objects.filter(order=order).values_list("sku_id", "quantity")
    try:
        reserve_stock(
            reference=order.number,
            demands=[Demand(sku_id, quantity) for sku_id, quantity in lines],
            expires_at=None,
            actor=actor,
            location_id=order.location_id,
            reopen=True,
        )
    except OutOfStock:
        return False
    return True


def _new_pickup_code() -> str:
    """Return a code nobody guesses; the column's uniqueness has the last word."""
    return "".join(secrets.choice("0123456789") for _digit in range(PICKUP_CODE_DIGITS))
