"""Taking an order's row: the first lock of everything that happens to an order after it was placed."""

from orders.errors import OrderChanged
from orders.models import Order, Shipment
from shop.core.errors import NotFound
from shop.core.rows import find_row

UNREAD = ("address", "staff_note")  # long or encrypted, and no decision depends on them


def lock_order(number: str, *, member_id: int | None = None) -> Order:
    """Lock and return an order, the member's only if one is given; ``NotFound`` otherwise."""
    owned = {} if member_id is None else {"member_id": member_id, "is_hidden": False}
    order = find_row(Order, lock=True, without=UNREAD, number=number, **owned)
    if order is None:
        raise NotFound
    return order


def standing_of(order: Order) -> str:
    """Return a short text that changes whenever the order moves or a parcel leaves. One query."""
    parcels = Shipment.objects.filter(order=order).count()
    return f"{order.status}.{order.payment_status}.{order.after_sale_status}.{parcels}"


def check_standing(order: Order, seen: str | None) -> None:
    """Raise ``OrderChanged`` if a locked order is no longer as it was ``seen``; None asks for nothing.

    It keeps a second press of a button from shipping again what the first one shipped.
    """
    if seen is not None and standing_of(order) != seen:
        raise OrderChanged(status=order.status)
