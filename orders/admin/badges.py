"""States of an order as badges: words first, then a shape, then a colour."""

from collections.abc import Mapping
from typing import Final

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from orders.models import Order
from orders.states import Status
from shop.core.console import badge_html

_STATUS: Final[Mapping[str, str]] = {
    Status.PENDING_PAYMENT: "warning",
    Status.CLOSING: "warning",
    Status.AWAITING_BALANCE: "warning",
    Status.AWAITING_GROUP: "warning",
    Status.AWAITING_SHIPMENT: "info",
    Status.AWAITING_PICKUP: "info",
    Status.PARTLY_SHIPPED: "info",
    Status.SHIPPED: "success",
    Status.RECEIVED: "success",
    Status.COMPLETED: "success",
}
_PAYMENT: Final[Mapping[str, tuple[str, str]]] = {
    Order.PaymentStatus.UNPAID: ("warning", "empty"),
    Order.PaymentStatus.PARTLY_PAID: ("warning", "half"),
    Order.PaymentStatus.PAID: ("success", "full"),
    Order.PaymentStatus.PARTLY_REFUNDED: ("info", "back"),
    Order.PaymentStatus.REFUNDED: ("neutral", "back"),
}
_FULFILMENT: Final[Mapping[str, tuple[str, str]]] = {
    Order.FulfilmentStatus.UNFULFILLED: ("warning", "empty"),
    Order.FulfilmentStatus.PARTIAL: ("info", "half"),
    Order.FulfilmentStatus.FULFILLED: ("success", "full"),
}
_NOTHING_TO_SEND: Final = (Status.PENDING_PAYMENT, Status.CLOSING, Status.CLOSED, Status.REFUNDED)


def status_badge(order: Order) -> SafeString:
    """Return where the order stands."""
    return badge_html(order.get_status_display(), _STATUS.get(order.status, "neutral"))


def payment_badge(order: Order) -> SafeString:
    """Return what became of its money."""
    variant, mark = _PAYMENT[order.payment_status]
    if order.status == Status.CLOSED and order.payment_status == Order.PaymentStatus.UNPAID:
        variant = "neutral"
    return badge_html(order.get_payment_status_display(), variant, mark)


def fulfilment_badge(order: Order) -> SafeString:
    """Return what became of its goods; nothing to hurry about while nothing is to be sent."""
    variant, mark = _FULFILMENT[order.fulfilment_status]
    if mark == "empty" and order.status in _NOTHING_TO_SEND:
        variant = "neutral"
    return badge_html(order.get_fulfilment_status_display(), variant, mark)


def all_badges(order: Order) -> SafeString:
    """Return the three of them."""
    badges = (status_badge(order), payment_badge(order), fulfilment_badge(order))
    return format_html_join(" ", "{}", ((badge,) for badge in badges))
