"""Orders as the console lists and finds them; no read here grows with the table."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from django.db.models import Count, Q, QuerySet

from catalog.models import Sku
from members.rules import normalise_phone
from orders.models import Order, OrderLine, Shipment
from orders.payable import KIND
from orders.states import Status
from shop.core import clock
from shop.core.crypto import hash_phone
from shop.payments.models import Payment, PaymentAttempt
from shop.payments.queries import troubled_payables

STAFF_TABS: Final[Mapping[str, tuple[str, ...]]] = {
    "to_pay": (Status.PENDING_PAYMENT, Status.CLOSING, Status.AWAITING_BALANCE, Status.AWAITING_GROUP),
    "to_ship": (Status.AWAITING_SHIPMENT,),
    "partly_shipped": (Status.PARTLY_SHIPPED,),
    "to_pick_up": (Status.AWAITING_PICKUP,),
    "shipped": (Status.SHIPPED,),
    "completed": (Status.RECEIVED, Status.COMPLETED),
    "ended": (Status.CLOSED, Status.REFUNDED),
}
"""The console's tabs; together they hold every status once. ``TROUBLE`` cuts across them."""

TROUBLE: Final = "trouble"
PASSING: Final = ("to_pay", "to_ship", "partly_shipped", "to_pick_up")
"""Tabs that orders leave again, so that counting them stays cheap for ever."""

STUCK_AFTER: Final = timedelta(hours=1)
"""A closing that takes longer waits for WeChat, or for a person."""

FOUND: Final = 1000
"""So many orders, the newest, are found by a SKU, which may be in all of them."""


def in_tab(orders: QuerySet[Order], tab: str) -> QuerySet[Order]:
    """Return the orders of a tab; of an unknown one none."""
    if tab == TROUBLE:
        return orders.filter(pk__in=_troubled())
    return orders.filter(status__in=STAFF_TABS.get(tab, ()))


def _troubled() -> list[int]:
    """Return the orders whose refund or payment waits for a person, or whose closing does not end."""
    payments = troubled_payables(KIND).values("payable_number")
    stuck = Order.objects.filter(status=Status.CLOSING, expires_at__lt=clock.now() - STUCK_AFTER)
    ours = Order.objects.filter(number__in=payments)
    return list(ours.values_list("pk", flat=True).union(stuck.values_list("pk", flat=True))[:FOUND])


def count_tabs() -> dict[str, int]:
    """Return how many orders stand in the passing tabs and in trouble. Two queries over partial ranges."""
    statuses = [status for tab in PASSING for status in STAFF_TABS[tab]]
    rows = Order.objects.filter(status__in=statuses).order_by().values_list("status")
    counted = dict(rows.annotate(count=Count("pk")))
    counts = {tab: sum(counted.get(status, 0) for status in STAFF_TABS[tab]) for tab in PASSING}
    return {**counts, TROUBLE: len(_troubled())}


def search_orders(orders: QuerySet[Order], text: str) -> QuerySet[Order]:
    """Return the orders that ``text`` names exactly.

    An order, merchant trade, payment or WeChat transaction number, a tracking number, the receiver's whole
    phone number, or a SKU code (its ``FOUND`` newest orders). Each is looked up through an index.
    """
    term = text.strip()
    if not term:
        return orders
    return orders.filter(pk__in=_named(term))


def _named(term: str) -> list[int]:
    compact = "".join(term.split()).upper()
    attempts = PaymentAttempt.objects.filter(Q(transaction_id=term) | Q(out_trade_no=compact))
    payments = Payment.objects.filter(payable_kind=KIND)
    skus = Sku.objects.filter(code__in={term, term.upper()})
    lines = OrderLine.objects.filter(sku__in=skus).order_by("-pk")[:FOUND]
    found = [
        Order.objects.filter(number=compact).values_list("pk", flat=True),
        # One by one: of either or the other PostgreSQL looks through all payments.
        _paid_by(payments.filter(number=compact)),
        _paid_by(payments.filter(pk__in=attempts.values("payment"))),
        Shipment.objects.filter(tracking__in={term, compact}).order_by().values_list("order", flat=True),
        lines.values_list("order", flat=True),
    ]
    phone = normalise_phone(term)
    if phone is not None:
        found.append(Order.objects.filter(phone_hash=hash_phone(phone)).values_list("pk", flat=True))
    first, *rest = found
    return list(first.union(*rest))


def _paid_by(payments: QuerySet[Payment]) -> QuerySet[Order, int]:
    return Order.objects.filter(number__in=payments.values("payable_number")).values_list("pk", flat=True)
