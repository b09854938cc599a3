"""Carts and orders as clients read them. Amounts in fen."""

from collections.abc import Mapping
from typing import Any

from orders.carriers import carrier_name
from orders.models import Order, OrderAdjustment, OrderEvent, OrderLine, Shipment
from orders.queries.cart import Cart, CartLine
from orders.queries.orders import OrderView, actions_of, address_of_order
from orders.states import Status
from orders.wording import adjustment_label, event_title, explain_stored
from shop.payments.models import Refund

_OWING = (Status.PENDING_PAYMENT, Status.CLOSING)


def cart_body(cart: Cart) -> dict[str, Any]:
    """Return the cart."""
    return {
        "items": [cart_line_body(line) for line in cart.lines],
        "pieces": cart.pieces,
        "goods_total": cart.goods_total,
    }


def cart_line_body(line: CartLine) -> dict[str, Any]:
    """Return one item of the cart at today's price."""
    sku = line.sku
    return {
        "id": line.id,
        "sku": sku.sku_id,
        "product": sku.product_id,
        "title": sku.title,
        "spec": sku.spec,
        "image": sku.image,
        "quantity": line.quantity,
        "selected": line.is_selected,
        "price": sku.price,
        "market_price": sku.market_price,
        "amount": line.amount,
        "available": sku.available,
        "min_quantity": sku.min_quantity,
        "limit_per_order": sku.limit_per_order,
        "invalid": line.invalid,
        "warnings": list(line.warnings),
        "added_at": line.added_at,
    }


def summary_body(order: Order, lines: list[OrderLine]) -> dict[str, Any]:
    """Return an order as lists show it."""
    owing = order.status in _OWING
    return {
        "number": order.number,
        "status": order.status,
        "payment_status": order.payment_status,
        "fulfilment_status": order.fulfilment_status,
        "after_sale_status": order.after_sale_status,
        "created_at": order.created_at,
        "expires_at": order.expires_at,
        "lines": [_line_body(line) for line in lines],
        "goods_total": order.goods_total,
        "freight": order.freight,
        "payable": order.payable,
        "due": order.due if owing else 0,
        "due_part": "full",
        "due_from": None,
        "due_until": order.expires_at if owing else None,
        "paid": order.paid,
        "refunded": order.refunded,
        "wallet_amount": order.wallet_amount,
        "points_used": order.points_used,
        "points_returned": order.points_returned,
        "delivery": order.delivery,
        "actions": actions_of(order),
    }


def order_body(view: OrderView) -> dict[str, Any]:
    """Return an order as its page shows it."""
    order = view.order
    return {
        **summary_body(order, view.lines),
        "lines": [_detailed_line_body(line, view.adjustments) for line in view.lines],
        "adjustments": _totals(view.adjustments),
        "address": address_of_order(order),
        "note": order.note,
        "shipments": [shipment_body(shipment) for shipment in view.shipments],
        "contents": [shipment.content for shipment in view.shipments if shipment.content],
        "pickup": _pickup_body(order),
        "group": None,
        "refunds": [_refund_body(refund) for refund in view.refunds],
        "merchant_trade_no": view.merchant_trade_no,
        "events": [_event_body(event) for event in view.events],
        "paid_at": order.paid_at,
        "shipped_at": order.shipped_at,
        "receive_by": order.receive_by if order.status == Status.SHIPPED else None,
        "received_at": order.received_at,
        "completed_at": order.completed_at,
        "closed_at": order.closed_at,
        "close_reason": order.close_reason,
    }


def shipment_body(shipment: Shipment) -> dict[str, Any]:
    """Return one parcel."""
    return {
        "number": shipment.number,
        "carrier": shipment.carrier,
        "carrier_name": carrier_name(shipment.carrier),
        "tracking": shipment.tracking,
        "shipped_at": shipment.shipped_at,
        "lines": [{"line": line.line_id, "quantity": line.quantity} for line in shipment.lines.all()],
    }


def _line_body(line: OrderLine) -> dict[str, Any]:
    return {
        "id": line.pk,
        "sku": line.sku_id,
        "product": line.product_id,
        "title": line.title,
        "spec": line.spec,
        "image": line.image,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "amount": line.amount,
        "payable": line.payable,
        "freight": line.freight,
        "shipped_quantity": line.shipped_quantity,
        "refunded_quantity": line.refunded_quantity,
        "refunded": line.refunded,
        "explanation": [explain_stored(reason) for reason in line.explanation],
    }


def _detailed_line_body(line: OrderLine, adjustments: list[OrderAdjustment]) -> dict[str, Any]:
    own = [item for item in adjustments if item.line_id == line.pk]
    return {**_line_body(line), "adjustments": _totals(own)}


def _totals(adjustments: list[OrderAdjustment]) -> list[dict[str, Any]]:
    """Sum the adjustments by rule, in the order in which the rules first applied."""
    sums: dict[tuple[str, str, str], int] = {}
    for item in adjustments:
        key = (item.kind, item.label, item.source)
        sums[key] = sums.get(key, 0) + item.amount
    return [
        {"kind": kind, "label": adjustment_label(kind, label), "source": source, "amount": amount}
        for (kind, label, source), amount in sums.items()
    ]


def _pickup_body(order: Order) -> dict[str, Any] | None:
    store = order.store
    if store is None:
        return None
    code = order.pickup_code if order.status == Status.AWAITING_PICKUP else None
    return {
        "code": code,
        "qr": code and f"jishi:pickup:{code}",
        "store": {
            "id": store.pk,
            "name": store.name,
            "phone": store.phone,
            "address": f"{store.province}{store.city}{store.district}{store.detail}",
            "latitude": float(store.latitude),
            "longitude": float(store.longitude),
            "opening_hours": store.opening_hours,
        },
    }


def _refund_body(refund: Refund) -> dict[str, Any]:
    return {
        "number": refund.number,
        "amount": refund.amount,
        "status": "succeeded" if refund.state == Refund.State.SUCCEEDED else "processing",
        "created_at": refund.created_at,
        "settled_at": refund.settled_at,
    }


def _event_body(event: OrderEvent) -> dict[str, Any]:
    data: Mapping[str, Any] = event.data
    return {
        "kind": event.kind,
        "title": event_title(event.kind),
        "status": event.to_status or None,
        "by": event.actor_kind,
        "reason": event.reason,
        "data": data,
        "at": event.at,
    }
