"""Showing staff where an order goes: never without a reason, never without a record."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from orders.models import Order
from orders.permissions import SEE_ADDRESS
from orders.queries.orders import address_of_order
from shop.core import audit
from shop.core.actors import Actor
from shop.core.db import in_transaction
from shop.core.errors import FieldError, InvalidInput, NotFound
from shop.core.permissions import require


@dataclass(frozen=True, slots=True)
class RevealedAddress:
    """The receiver in clear; keep it out of logs and messages. ``fields`` is empty where nobody drives."""

    number: str
    fields: dict[str, str] = field(repr=False)


@in_transaction
def reveal_address(*, actor: Actor, number: str, reason: str) -> RevealedAddress:
    """Return an order's address in clear and record who looked and why.

    Raises ``Forbidden``, ``NotFound``, ``InvalidInput`` without a reason.
    """
    require(actor, SEE_ADDRESS)
    if not reason.strip():
        raise InvalidInput(errors=[FieldError("reason", "required", _("Say why you need to see it."))])
    order = Order.objects.filter(number=number).first()
    if order is None:
        raise NotFound
    address = address_of_order(order) or {}
    audit.record(
        actor=actor, action=SEE_ADDRESS, subject=order, after={"fields": sorted(address)}, reason=reason
    )
    return RevealedAddress(number, address)
