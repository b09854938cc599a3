"""What orders tell the other rooms. Amounts in fen; all fields are primitives."""

from dataclasses import dataclass
from typing import ClassVar

from shop.core.outbox import Event


@dataclass(frozen=True)
class OrderFact(Event):
    """Something about one order."""

    order: str
    order_id: int
    member_id: int
    payable: int

    @property
    def aggregate(self) -> str:
        """Return the order that the event is about."""
        return f"order:{self.order}"


@dataclass(frozen=True)
class OrderPlaced(OrderFact):
    """An order exists and its goods are reserved."""

    name: ClassVar[str] = "orders.order_placed"


@dataclass(frozen=True)
class OrderPaid(OrderFact):
    """The order is paid in full (free ones at once); ``paid_at`` in RFC 3339."""

    name: ClassVar[str] = "orders.order_paid"
    paid: int = 0
    paid_at: str = ""


@dataclass(frozen=True)
class OrderClosed(OrderFact):
    """The order will not be carried out and holds no goods any more; ``paid`` goes back if not 0."""

    name: ClassVar[str] = "orders.order_closed"
    reason: str = ""
    paid: int = 0


@dataclass(frozen=True)
class OrderShipped(OrderFact):
    """A parcel left; ``complete`` says whether it was the last one."""

    name: ClassVar[str] = "orders.order_shipped"
    shipment: str = ""
    complete: bool = True


@dataclass(frozen=True)
class OrderReceived(OrderFact):
    """The member has the goods; ``by`` says who said so (member, staff, system)."""

    name: ClassVar[str] = "orders.order_received"
    by: str = ""


@dataclass(frozen=True)
class OrderCompleted(OrderFact):
    """The time for returns is over."""

    name: ClassVar[str] = "orders.order_completed"


@dataclass(frozen=True)
class OrderRefunded(OrderFact):
    """Money of the order went back; ``whole`` when nothing of it is left."""

    name: ClassVar[str] = "orders.order_refunded"
    refund: str = ""
    amount: int = 0
    whole: bool = False


@dataclass(frozen=True)
class OrderReminded(OrderFact):
    """The member asks for the goods to be sent."""

    name: ClassVar[str] = "orders.order_reminded"
