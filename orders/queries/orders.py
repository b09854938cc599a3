"""Orders as members and staff read them, in a number of queries that does not grow with the rows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from orders.models import Order, OrderAdjustment, OrderEvent, OrderLine, Shipment, ShipmentLine
from orders.payable import KIND
from orders.services.receiving import HIDEABLE, REMIND_EVERY, REMINDABLE
from orders.states import Status
from shop.core import clock
from shop.core.errors import NotFound
from shop.core.prepared import Prepared
from shop.payments.models import Payment, Refund
from shop.payments.queries import merchant_trade_no, payments_of

TABS: Mapping[str, tuple[str, ...]] = {
    "to_pay": (Status.PENDING_PAYMENT, Status.CLOSING, Status.AWAITING_BALANCE),
    "to_ship": (Status.AWAITING_SHIPMENT, Status.AWAITING_GROUP, Status.PARTLY_SHIPPED),
    "to_receive": (Status.SHIPPED, Status.AWAITING_PICKUP),
    "finished": (Status.RECEIVED, Status.COMPLETED),
    "ended": (Status.CLOSED, Status.REFUNDED),
}
"""Groups of statuses that a client shows as one tab; together they hold every status once."""

_HEAVY = ("address", "staff_note")
_IS_OF = Prepared("SELECT 1 FROM orders_order WHERE number = %s AND member_id = %s AND NOT is_hidden")


@dataclass(frozen=True)
class OrderView:
    """Everything about one order that its page shows."""

    order: Order
    lines: list[OrderLine]
    adjustments: list[OrderAdjustment]
    shipments: list[Shipment]
    events: list[OrderEvent]
    refunds: list[Refund]
    merchant_trade_no: str


def visible_orders(member_id: int) -> QuerySet[Order]:
    """Return the member's orders that they did not hide, without the encrypted columns."""
    return Order.objects.filter(member_id=member_id, is_hidden=False).defer(*_HEAVY)


def order_of_member(*, member_id: int, number: str) -> Order:
    """Return a member's order; ``NotFound`` for an absent, hidden or another's one alike."""
    orders = Order.objects.filter(member_id=member_id, is_hidden=False, number=number)
    order = orders.select_related("store").defer("staff_note").first()
    if order is None:
        raise NotFound
    return order


def is_order_of(*, member_id: int, number: str) -> bool:
    """Return whether the member has an order of this number and did not hide it."""
    with connection.cursor() as cursor:
        _IS_OF.run(cursor, [number, member_id])
        return cursor.fetchone() is not None


def find_orders(*, member_id: int, status: str | None, text: str | None) -> QuerySet[Order]:
    """Return the member's orders of a status or tab with ``text`` as number or in a title; with lines."""
    orders = visible_orders(member_id)
    if status:
        orders = orders.filter(status__in=TABS.get(status, (status,)))
    if text:
        named = OrderLine.objects.filter(order=OuterRef("pk"), title__icontains=text)
        orders = orders.filter(Q(number=text.upper()) | Exists(named))
    return orders.prefetch_related("lines")


def count_orders(member_id: int) -> dict[str, int]:
    """Return how many orders stand in every status and every tab; one query."""
    rows = visible_orders(member_id).order_by().values_list("status").annotate(count=Count("pk"))
    counted = dict(rows)
    counts = {status.value: counted.get(status.value, 0) for status in Status}
    tabs = {tab: sum(counts[status] for status in statuses) for tab, statuses in TABS.items()}
    return {"all": sum(counts.values()), **tabs, **counts}


def order_view(order: Order) -> OrderView:
    """Return everything the page of ``order`` shows; eight queries at most."""
    contents = Prefetch("lines", ShipmentLine.objects.order_by("pk"))
    payments = list(payments_of(payable_kind=KIND, payable_number=order.number))
    refunds = Refund.objects.filter(payment__in=payments).exclude(
        state__in=(Refund.State.REPLACED, Refund.State.ABANDONED)
    )
    kept = [
        payment
        for payment in payments
        if payment.disposition == Payment.Disposition.KEPT and payment.part != Payment.Part.WALLET
    ]
    return OrderView(
        order=order,
        lines=list(order.lines.all()),
        adjustments=list(order.adjustments.all()),
        shipments=list(order.shipments.prefetch_related(contents)),
        events=list(order.events.filter(is_public=True)),
        refunds=list(refunds.order_by("pk")) if payments else [],
        merchant_trade_no=merchant_trade_no(payment=kept[0]) if kept else "",
    )


def address_of_order(order: Order) -> dict[str, str] | None:
    """Return the address as it was when the order was placed; ``None`` where nobody drives."""
    return json.loads(order.address) if order.address else None


def actions_of(order: Order) -> list[str]:
    """Return what the member can do with the order now, as the API names it."""
    status = Status(order.status)
    now = clock.now()
    payable = status == Status.PENDING_PAYMENT and (order.expires_at is None or order.expires_at > now)
    unshipped = status in (Status.AWAITING_SHIPMENT, Status.AWAITING_PICKUP)
    rested = order.reminded_at is None or order.reminded_at <= now - REMIND_EVERY
    possible = {
        "pay": payable,
        "cancel": status == Status.PENDING_PAYMENT
        or (unshipped and order.after_sale_status != Order.AfterSaleStatus.OPEN),
        "remind": status in REMINDABLE and rested,
        "track": order.shipped_at is not None,
        "confirm": status == Status.SHIPPED,
        "delete": status in HIDEABLE and (status != Status.CLOSED or order.refunded >= order.paid),
    }
    return [action for action, can in possible.items() if can]


def count_for_staff() -> dict[str, Any]:
    """Return what waits for staff: the console's badges. One query."""
    waiting = Order.objects.filter(
        status__in=(Status.AWAITING_SHIPMENT, Status.PARTLY_SHIPPED, Status.AWAITING_PICKUP)
    )
    return waiting.exclude(after_sale_status=Order.AfterSaleStatus.OPEN).aggregate(
        to_ship=Count("pk", filter=~Q(status=Status.AWAITING_PICKUP)),
        to_hand_over=Count("pk", filter=Q(status=Status.AWAITING_PICKUP)),
        reminded=Count("pk", filter=Q(reminded_at__gte=clock.now() - REMIND_EVERY)),
    )
