"""Tables of carts and orders, one story a file."""

from orders.models.alert import OrderAlert
from orders.models.cart import CartItem
from orders.models.order import Order, OrderAdjustment, OrderEvent, OrderLine
from orders.models.shipment import Shipment, ShipmentLine

__all__ = [
    "CartItem",
    "Order",
    "OrderAdjustment",
    "OrderAlert",
    "OrderEvent",
    "OrderLine",
    "Shipment",
    "ShipmentLine",
]
