"""Pure rules of carts and orders: what may be bought, in which quantities, delivered how."""

from dataclasses import dataclass
from typing import Protocol

from orders.pricing import Delivery

MAX_LINES = 120
"""Different SKUs in a cart or an order."""

MAX_PIECES = 999
"""Pieces of one SKU in a cart or an order."""


class Limits(Protocol):
    """What the rules look at of a SKU; ``catalog.queries.SellableSku`` has it."""

    @property
    def min_quantity(self) -> int: ...
    @property
    def limit_per_order(self) -> int | None: ...
    @property
    def limit_per_member(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Excess:
    """A broken quantity rule: ``code``, the limit, and how many pieces the product has in this order."""

    code: str
    limit: int
    wanted: int


def broken_limits(limits: Limits, *, wanted: int, bought: int) -> list[Excess]:
    """Return the quantity rules that ``wanted`` pieces of one product break.

    Limits are per product: the pieces of all its SKUs count together. ``bought`` are those the member has in
    other orders that were not closed.
    """
    broken = []
    if wanted < limits.min_quantity:
        broken.append(Excess("min_quantity", limits.min_quantity, wanted))
    if limits.limit_per_order is not None and wanted > limits.limit_per_order:
        broken.append(Excess("limit_per_order", limits.limit_per_order, wanted))
    if limits.limit_per_member is not None and wanted + bought > limits.limit_per_member:
        broken.append(Excess("limit_per_member", max(0, limits.limit_per_member - bought), wanted))
    return broken


def unsuitable(delivery: Delivery, *, is_virtual: bool) -> str | None:
    """Return why goods cannot be delivered so: ``virtual_goods``, ``physical_goods``, or ``None``.

    Virtual goods travel with an order of virtual delivery only, because nobody ships or hands over anything.
    """
    if delivery is Delivery.VIRTUAL and not is_virtual:
        return "physical_goods"
    if delivery is not Delivery.VIRTUAL and is_virtual:
        return "virtual_goods"
    return None


def needs_address(delivery: Delivery) -> bool:
    """Return whether somebody drives there."""
    return delivery in (Delivery.EXPRESS, Delivery.LOCAL)
