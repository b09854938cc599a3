"""What the members' floor is told about a member's orders, through the roof's tables."""

from collections.abc import Iterator
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.ports import OpenMatter
from orders.models import Order
from orders.queries.orders import address_of_order
from orders.states import Status


def open_orders(member_id: int) -> Iterator[OpenMatter]:
    """Yield one matter if any order of the member is still under way, or its refund is."""
    ended = Q(status__in=(Status.COMPLETED, Status.REFUNDED)) | Q(status=Status.CLOSED, refunded=F("paid"))
    if Order.objects.filter(member_id=member_id).exclude(ended).exists():
        yield OpenMatter("orders", _("There are orders under way."))


def export_orders(member_id: int) -> list[dict[str, Any]]:
    """Return everything the shop keeps about the member's orders, hidden ones included; three queries."""
    orders = Order.objects.filter(member_id=member_id).order_by("pk").prefetch_related("lines", "shipments")
    return [_export(order) for order in orders]


def _export(order: Order) -> dict[str, Any]:
    return {
        "number": order.number,
        "status": order.status,
        "created_at": order.created_at,
        "paid_at": order.paid_at,
        "payable": order.payable,
        "paid": order.paid,
        "refunded": order.refunded,
        "address": address_of_order(order),
        "note": order.note,
        "lines": [
            {
                "title": line.title,
                "spec": line.spec,
                "quantity": line.quantity,
                "unit_price": line.unit_price,
                "payable": line.payable,
            }
            for line in order.lines.all()
        ],
        "shipments": [
            {"carrier": one.carrier, "tracking": one.tracking, "shipped_at": one.shipped_at}
            for one in order.shipments.all()
        ],
    }
