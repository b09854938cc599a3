"""One order with everything staff need to see of it, in a number of queries that does not grow."""

from dataclasses import dataclass

from django.db.models import Prefetch

from orders.models import Order, OrderAdjustment, OrderEvent, OrderLine, Shipment, ShipmentLine
from orders.payable import KIND
from orders.services.cancelling import UNPAID, UNSHIPPED
from orders.services.locking import standing_of
from orders.services.shipping import SHIPPABLE
from orders.states import Status
from shop.payments.models import Payment, PaymentAttempt, PaymentIncident, Refund
from shop.payments.queries import kept_payments, open_incidents_of, payments_of

ENDED = (Status.CLOSED, Status.REFUNDED)
STOPPED_REFUNDS = (Refund.State.ABNORMAL, Refund.State.CLOSED, Refund.State.FAILED)


@dataclass(frozen=True)
class Portion:
    """Some pieces of a line."""

    line: OrderLine
    quantity: int


@dataclass(frozen=True)
class ParcelView:
    """A shipment and what is in it."""

    shipment: Shipment
    portions: list[Portion]


@dataclass(frozen=True)
class PaymentView:
    """A payment with every number that WeChat knows of it."""

    payment: Payment
    attempts: list[PaymentAttempt]
    refunds: list[Refund]


@dataclass(frozen=True)
class OrderRecord:
    """Everything the console's order page shows. Amounts in fen."""

    order: Order
    lines: list[OrderLine]
    adjustments: list[OrderAdjustment]
    parcels: list[ParcelView]
    events: list[OrderEvent]
    payments: list[PaymentView]
    incidents: list[PaymentIncident]
    standing: str

    @property
    def unsent(self) -> list[Portion]:
        """Return the pieces that have not left the house."""
        return _left(self.lines)

    @property
    def has_ended(self) -> bool:
        """Return whether nothing will be sent any more."""
        return self.order.status in ENDED

    @property
    def returned(self) -> list[OrderLine]:
        """Return the lines of which money went back although pieces of them had left."""
        return [line for line in self.lines if line.refunded_quantity and line.shipped_quantity]

    @property
    def net(self) -> int:
        """Return what the shop has of the order's money."""
        return self.order.paid - self.order.refunded

    @property
    def returning(self) -> int:
        """Return what is promised back of the order's money and not yet there."""
        kept = (view.payment for view in self.payments if view.payment.disposition == "kept")
        return sum(payment.refund_committed - payment.refunded for payment in kept)


def order_record(order: Order) -> OrderRecord:
    """Return everything about one order; ten queries, or nine when nothing was paid."""
    lines = list(order.lines.all())
    by_id = {line.pk: line for line in lines}
    payments = list(
        payments_of(payable_kind=KIND, payable_number=order.number).prefetch_related(
            Prefetch("attempts", PaymentAttempt.objects.order_by("pk")),
            Prefetch("refunds", Refund.objects.order_by("pk")),
        )
    )
    return OrderRecord(
        order=order,
        lines=lines,
        adjustments=list(order.adjustments.all()),
        parcels=_parcels(order, by_id),
        events=list(order.events.order_by("-pk")),
        payments=[PaymentView(one, list(one.attempts.all()), list(one.refunds.all())) for one in payments],
        incidents=list(open_incidents_of(payments)) if payments else [],
        standing=standing_of(order),
    )


def _parcels(order: Order, lines: dict[int, OrderLine]) -> list[ParcelView]:
    contents = Prefetch("lines", ShipmentLine.objects.order_by("pk"))
    shipments = order.shipments.defer("content").prefetch_related(contents)
    return [
        ParcelView(one, [Portion(lines[item.line_id], item.quantity) for item in one.lines.all()])
        for one in shipments
    ]


def order_left(order: Order) -> list[Portion]:
    """Return the pieces of an order that have not left the house. One query."""
    return _left(list(order.lines.all()))


def _left(lines: list[OrderLine]) -> list[Portion]:
    left = ((line, line.quantity - line.shipped_quantity) for line in lines)
    return [Portion(line, pieces) for line, pieces in left if pieces]


def neighbours(order: Order) -> tuple[int | None, int | None]:
    """Return the next older and the next newer order; two queries."""
    ids = Order.objects.values_list("pk", flat=True)
    older = ids.filter(pk__lt=order.pk).order_by("-pk").first()
    newer = ids.filter(pk__gt=order.pk).order_by("pk").first()
    return older, newer


def staff_actions(order: Order) -> frozenset[str]:
    """Return what can be done with the order as it stands, by the names of the console's buttons."""
    calm = order.after_sale_status != Order.AfterSaleStatus.OPEN
    possible = {
        "ship": order.status in SHIPPABLE and calm,
        "hand_over": order.status == Status.AWAITING_PICKUP and calm,
        "confirm": order.status == Status.SHIPPED,
        "cancel": order.status in UNPAID or (order.status in UNSHIPPED and calm),
        "note": True,
    }
    return frozenset(name for name, can in possible.items() if can)


def refund_on_cancel(order: Order) -> int:
    """Return how much a cancelling now would promise back, in fen. One query."""
    if order.status not in UNSHIPPED:
        return 0
    kept = kept_payments(payable_kind=KIND, payable_number=order.number)
    return sum(payment.refundable for payment in kept)
