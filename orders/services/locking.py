"""Taking an order's row: the first lock of everything that happens to an order after it was placed."""

from django.db.models import QuerySet

from orders.models import Order
from shop.core.db import lock_row

_UNREAD = ("address", "staff_note")  # long or encrypted, and no decision depends on them


def lock_order(number: str, *, member_id: int | None = None) -> Order:
    """Lock and return an order, the member's only if one is given; ``NotFound`` otherwise."""
    orders: QuerySet[Order] = Order.objects.filter(number=number)
    if member_id is not None:
        orders = orders.filter(member_id=member_id, is_hidden=False)
    return lock_row(orders.defer(*_UNREAD))
