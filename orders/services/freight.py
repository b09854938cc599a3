"""The free freight that an order takes of its member's month. The caller holds the order."""

from members.tiers.services.shipping import (
    release_free_shipping,
    take_free_shipping,
    take_free_shipping_again,
)
from orders.bodies import quote_body
from orders.errors import QuoteChanged
from orders.models import Order
from orders.services.quoting import Prepared, prepare_quote


def take_free_freight(order: Order, prepared: Prepared) -> None:
    """Take one of the month's free freights; raises ``QuoteChanged`` if another order just took the last."""
    allowed = 0 if prepared.tier is None else prepared.tier.free_shipping_times or 0
    if not take_free_shipping(member_id=order.member_id, allowed=allowed, reference=order.number):
        fresh = prepare_quote(member_id=order.member_id, request=prepared.request)
        raise QuoteChanged(quote=quote_body(fresh))


def take_free_freight_again(order: Order) -> bool:
    """Take back what a closed order gave back; say whether it has all that it was priced with."""
    return not order.took_free_freight or take_free_shipping_again(reference=order.number)


def release_free_freight(order: Order) -> None:
    """Give an order's free freight back."""
    if order.took_free_freight:
        release_free_shipping(reference=order.number)
