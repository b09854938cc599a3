"""The order as payments sees it: something that is owed, paid, closed and released."""

from django.db import connection, transaction

from catalog.services.stock import release_reservation
from members.cards.errors import CardRefused
from members.points.errors import InsufficientPoints, MallGoodsLimited, MallGoodsSoldOut
from orders.events import OrderClosed
from orders.kind import KIND
from orders.models import Order
from orders.services.cards import release_card
from orders.services.freight import release_free_freight, take_free_freight_again
from orders.services.locking import UNREAD, lock_order
from orders.services.paying import mark_paid, revive_goods
from orders.services.points import give_back, release_offer, retake_offer, spend_again
from orders.services.wallet import hold_part_again, lock_part, return_part
from orders.states import Status, transition
from orders.wording import payment_description
from shop.core import clock
from shop.core.actors import Actor
from shop.core.errors import InsufficientBalance, NotFound
from shop.core.outbox import publish
from shop.core.prepared import Prepared
from shop.core.rows import find_row
from shop.payments.ports import KEEP, REFUND, Due, DueState, Verdict

__all__ = ["FULL", "KIND", "OrderPayable", "close_order", "due_state"]

FULL = "full"
"""The part of an order that is paid in one sum."""

_TITLES = Prepared("""
SELECT line.title FROM orders_orderline AS line JOIN orders_order AS owner ON owner.id = line.order_id
WHERE owner.number = %s ORDER BY line.id
""")

_PAYMENTS = Actor.system("payments")
_STATES = {
    Status.PENDING_PAYMENT: DueState.OPEN,
    Status.CLOSING: DueState.CLOSING,
    Status.CLOSED: DueState.CLOSED,
}


class OrderPayable:
    """Takes an order's money, or refuses it. Implements ``shop.payments.ports.PayableHandler``.

    One lives as long as the transaction that it was made in, and remembers the order that it locked.
    """

    _locked: Order | None = None

    def lock(self, number: str) -> Due:
        """Lock the order and say what is due; raises ``NotFound``."""
        order = self._locked = lock_order(number)
        return Due(
            member_id=order.member_id,
            amount=order.due,
            part=FULL,
            state=due_state(order),
            expires_at=order.expires_at,
        )

    def describe(self, number: str) -> str:
        """Return what the payer reads in WeChat: the first title, and how many lines there are."""
        with connection.cursor() as cursor:
            _TITLES.run(cursor, [number])
            titles = cursor.fetchall()
        return payment_description(titles[0][0], len(titles))

    def confirm(self, *, number: str, payment_number: str, part: str, amount: int) -> Verdict:
        """Take the money if the order can still be carried out; otherwise refuse it with a reason.

        A closed order whose goods are still there is revived; if the wallet paid a part of it, that part must
        be there once more. A card that came with it must still be possible for the member. Locks
        stock rows and reservations, then the wallet.
        """
        order = self._take_locked(number)
        state = due_state(order)
        if state is DueState.PAID:
            return REFUND("already_paid")
        if amount != order.due or part != FULL:
            return REFUND("price_changed")
        if order.card_purchase_id is None:
            return _take(order, amount, late=state is DueState.CLOSED)
        try:
            with transaction.atomic():
                return _take(order, amount, late=state is DueState.CLOSED)
        except CardRefused as refusal:
            return REFUND(refusal.code)

    def _take_locked(self, number: str) -> Order:
        """Return the order as it was locked, once: whatever changed it since then is read."""
        order, self._locked = self._locked, None
        return order if order is not None and order.number == number else _read(number)

    def start_closing(self, *, number: str, part: str, reason: str) -> None:
        """Let no further payment begin; the goods stay reserved."""
        order = Order.objects.get(number=number)
        transition(
            order,
            Status.CLOSING,
            actor=_PAYMENTS,
            kind="closing",
            reason=reason,
            changes={"close_reason": reason[:40]},
        )

    def release(self, *, number: str, part: str, reason: str) -> None:
        """Close the order, give its goods and its wallet part back. Locks the part, stock rows, the
        wallet."""
        close_order(Order.objects.get(number=number), actor=_PAYMENTS, reason=reason)


def close_order(order: Order, *, actor: Actor, reason: str, kind: str = "closed", note: str = "") -> None:
    """Close a locked order, whatever was paid for it, and give back every piece it still holds.

    What its wallet part still holds goes back too, and its points. Raises ``OrderStateRefused``. ``reason``
    is a short code, ``note`` what a person wrote. Locks the part, stock rows, mall goods, the wallet, points.
    """
    lock_part(order)
    transition(
        order,
        Status.CLOSED,
        actor=actor,
        kind=kind,
        reason=note or reason,
        changes={"closed_at": clock.now(), "close_reason": reason[:40]},
    )
    release_reservation(reference=order.number, actor=actor, reason=reason)
    release_free_freight(order)
    release_offer(order)
    return_part(order, reason=reason)
    give_back(order)
    release_card(order)
    publish(
        OrderClosed(order.number, order.pk, order.member_id, order.payable, reason=reason, paid=order.paid)
    )


def _take(order: Order, amount: int, *, late: bool) -> Verdict:
    """Make the order paid, after reviving a closed one; or say why the money goes back."""
    if late and (objection := _revive(order)):
        return REFUND(objection)
    mark_paid(order, actor=_PAYMENTS, amount=amount, kind="paid_late" if late else "paid")
    return KEEP


class _FreightUsed(Exception):
    """Another order has the free freight that a closed one gave back."""


def _revive(order: Order) -> str:
    """Take all that a closed order gave back once more; return why that is impossible, or ""."""
    try:
        with transaction.atomic():
            if not revive_goods(order, actor=_PAYMENTS):
                return "sold_out"
            if not take_free_freight_again(order):
                raise _FreightUsed
            retake_offer(order)
            hold_part_again(order)
            spend_again(order)
    except (MallGoodsSoldOut, MallGoodsLimited):
        return "sold_out"
    except InsufficientPoints:
        return "points_spent"
    except InsufficientBalance:
        return "wallet_spent"
    except _FreightUsed:
        return "free_freight_used"
    return ""


def due_state(order: Order) -> DueState:
    """Return whether the order can still be paid. A closed one that was paid is being refunded."""
    if order.payment_status != Order.PaymentStatus.UNPAID:
        return DueState.PAID
    return _STATES.get(Status(order.status), DueState.PAID)


def _read(number: str) -> Order:
    """Return an order that payments has locked."""
    order = find_row(Order, without=UNREAD, number=number)
    if order is None:
        raise NotFound
    return order
