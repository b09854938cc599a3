"""Goods leave the house: parcels by line and quantity, virtual deliveries, and handing over in a store."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from catalog.services.stock import Demand, consume_reservation
from orders.carriers import is_carrier
from orders.errors import NothingToShip, OrderStateRefused, PickupCodeWrong, TrackingUsed
from orders.events import OrderShipped
from orders.models import Order, OrderLine, Shipment, ShipmentLine
from orders.permissions import HAND_OVER, SHIP_ORDER
from orders.pricing import Delivery
from orders.services.locking import check_standing, lock_order
from orders.services.receiving import receive_order
from orders.states import Status, record_event, transition, write_columns
from shop.core import audit, clock, runtime
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_rows
from shop.core.errors import FieldError, InvalidInput
from shop.core.ids import new_number
from shop.core.outbox import publish
from shop.core.permissions import require

SHIPPABLE = (Status.AWAITING_SHIPMENT, Status.PARTLY_SHIPPED)
MAX_TRACKING = 40
MAX_CONTENT = 5000


@dataclass(frozen=True, slots=True)
class Portion:
    """Pieces of one order line."""

    line_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel. ``portions`` is ``None`` for everything that is left.

    Express needs ``carrier`` (WeChat's delivery id) and ``tracking``; own couriers need neither; a virtual
    delivery is its ``content``.
    """

    carrier: str = ""
    tracking: str = ""
    portions: tuple[Portion, ...] | None = None
    note: str = ""
    content: str = ""


def ship_order(
    *,
    actor: Actor,
    number: str,
    carrier: str = "",
    tracking: str = "",
    lines: Sequence[Portion] | None = None,
    note: str = "",
    content: str = "",
) -> Shipment:
    """Ship one parcel with ``lines``, or with everything that is left; see ``ship_parcels``."""
    portions = None if lines is None else tuple(lines)
    parcel = Parcel(carrier=carrier, tracking=tracking, portions=portions, note=note, content=content)
    return ship_parcels(actor=actor, number=number, parcels=[parcel])[0]


@in_transaction
def ship_parcels(
    *, actor: Actor, number: str, parcels: Sequence[Parcel], seen: str | None = None
) -> list[Shipment]:
    """Ship an order in one or many parcels, all or none; return the shipments.

    With the last piece the order is shipped (a virtual one received); before, partly shipped. Locks order,
    lines, stock, reservations. Audited. ``seen`` is the ``standing_of`` the order that a person packed by.
    Raises ``Forbidden``, ``NotFound``, ``OrderChanged``, ``OrderStateRefused`` (not paid, an open after-sale,
    nothing left), ``InvalidInput``, ``NothingToShip``, ``TrackingUsed``.
    """
    require(actor, SHIP_ORDER)
    order = lock_order(number)
    check_standing(order, seen)
    if order.status not in SHIPPABLE or order.after_sale_status == Order.AfterSaleStatus.OPEN:
        raise OrderStateRefused(status=order.status, after_sale_status=order.after_sale_status)
    if not parcels:
        raise InvalidInput(errors=[FieldError("parcels", "empty", _("There is no parcel."))])
    lines = {line.pk: line for line in lock_rows(OrderLine.objects.filter(order=order))}
    shipments = [_ship(actor, order, lines, parcel, place) for place, parcel in enumerate(parcels)]
    complete = all(line.shipped_quantity == line.quantity for line in lines.values())
    _advance(actor, order, shipments, complete=complete)
    audit.record(
        actor=actor,
        action=SHIP_ORDER,
        subject=order,
        after={"shipments": [shipment.number for shipment in shipments], "complete": complete},
    )
    return shipments


@in_transaction
def hand_over(*, actor: Actor, number: str, code: str) -> Order:
    """Hand a pick-up order over to whoever shows its code; return the order, received.

    Once: the second time is ``OrderStateRefused``. Locks order, lines, stock, reservations. Audited. Raises
    ``Forbidden``, ``NotFound``, ``OrderStateRefused``, ``PickupCodeWrong``.
    """
    require(actor, HAND_OVER)
    order = lock_order(number)
    if order.status != Status.AWAITING_PICKUP or order.after_sale_status == Order.AfterSaleStatus.OPEN:
        raise OrderStateRefused(status=order.status, after_sale_status=order.after_sale_status)
    if not hmac.compare_digest((order.pickup_code or "").encode(), code.strip().encode()):
        raise PickupCodeWrong
    lines = {line.pk: line for line in lock_rows(OrderLine.objects.filter(order=order))}
    shipment = _create(actor, order, Parcel(), _portions(Parcel(), lines, 0), lines)
    write_columns(
        order,
        {"fulfilment_status": Order.FulfilmentStatus.FULFILLED, "shipped_at": shipment.shipped_at},
    )
    receive_order(order, actor=actor, kind="handed_over")
    publish(_shipped(order, shipment, complete=True))
    audit.record(actor=actor, action=HAND_OVER, subject=order, after={"shipment": shipment.number})
    return order


def _ship(actor: Actor, order: Order, lines: Mapping[int, OrderLine], parcel: Parcel, place: int) -> Shipment:
    _check_parcel(order, parcel, place)
    portions = _portions(parcel, lines, place)
    used = Shipment.objects.filter(order=order, carrier=parcel.carrier, tracking=parcel.tracking)
    if parcel.tracking and used.exists():
        raise TrackingUsed(tracking=parcel.tracking)
    return _create(actor, order, parcel, portions, lines)


def _check_parcel(order: Order, parcel: Parcel, place: int) -> None:
    """Raise ``InvalidInput`` with everything that does not fit the order's kind of delivery."""
    errors = []
    if order.delivery == Delivery.EXPRESS and not is_carrier(parcel.carrier):
        errors.append(("carrier", "unknown", _("Choose a carrier from the list.")))
    if order.delivery == Delivery.EXPRESS and not 4 <= len(parcel.tracking) <= MAX_TRACKING:
        errors.append(("tracking", "invalid", _("A tracking number of 4 to 40 characters is required.")))
    if parcel.tracking and not (parcel.tracking.isascii() and parcel.tracking.isalnum()):
        errors.append(("tracking", "invalid", _("A tracking number consists of letters and digits.")))
    if order.delivery == Delivery.VIRTUAL and not 1 <= len(parcel.content.strip()) <= MAX_CONTENT:
        errors.append(
            ("content", "invalid", _("What is delivered online is required, up to 5000 characters."))
        )
    if order.delivery != Delivery.VIRTUAL and parcel.content:
        errors.append(("content", "invalid", _("Only virtual goods are delivered online.")))
    if errors:
        raise InvalidInput(
            errors=[FieldError(f"parcels.{place}.{field}", code, detail) for field, code, detail in errors]
        )


def _portions(parcel: Parcel, lines: Mapping[int, OrderLine], place: int) -> dict[int, int]:
    """Return the pieces by line of a parcel; raises ``NothingToShip`` or ``InvalidInput``."""
    left = {pk: line.quantity - line.shipped_quantity for pk, line in lines.items()}
    if parcel.portions is None:
        wanted = {pk: pieces for pk, pieces in left.items() if pieces}
    else:
        wanted = {}
        for portion in parcel.portions:
            if portion.line_id not in lines or portion.quantity < 1:
                detail = _("This is not a line of the order, or not a quantity.")
                raise InvalidInput(errors=[FieldError(f"parcels.{place}.lines", "invalid", detail)])
            wanted[portion.line_id] = wanted.get(portion.line_id, 0) + portion.quantity
    short = [{"line": pk, "left": left[pk]} for pk, pieces in wanted.items() if pieces > left[pk]]
    if short or not wanted:
        raise NothingToShip(lines=short)
    return wanted


def _create(
    actor: Actor, order: Order, parcel: Parcel, portions: Mapping[int, int], lines: Mapping[int, OrderLine]
) -> Shipment:
    shipment = Shipment.objects.create(
        order=order,
        number=new_number(),
        carrier=parcel.carrier,
        tracking=parcel.tracking,
        content=parcel.content.strip(),
        note=parcel.note.strip(),
        shipped_by=actor.label[:150],
        shipped_at=clock.now(),
    )
    ShipmentLine.objects.bulk_create(
        [ShipmentLine(shipment=shipment, line_id=pk, quantity=pieces) for pk, pieces in portions.items()]
    )
    for pk, pieces in portions.items():
        lines[pk].shipped_quantity += pieces
    OrderLine.objects.bulk_update([lines[pk] for pk in portions], ["shipped_quantity"])
    consume_reservation(
        reference=order.number,
        demands=[Demand(lines[pk].sku_id, pieces) for pk, pieces in portions.items()],
        shipment_reference=shipment.number,
        actor=actor,
    )
    return shipment


def _advance(actor: Actor, order: Order, shipments: Sequence[Shipment], *, complete: bool) -> None:
    kind = "delivered" if order.delivery == Delivery.VIRTUAL else "shipped"
    for place, shipment in enumerate(shipments):
        last = complete and place == len(shipments) - 1
        data = {"shipment": shipment.number, "carrier": shipment.carrier, "tracking": shipment.tracking}
        if place == 0:
            _move(actor, order, kind, data, complete=complete)
        else:
            record_event(order, kind, actor=actor, data=data)
        publish(_shipped(order, shipment, complete=last))
    if complete and order.delivery == Delivery.VIRTUAL:
        receive_order(order, actor=actor, kind="received")


def _move(actor: Actor, order: Order, kind: str, data: Mapping[str, str], *, complete: bool) -> None:
    """Bring status and times up to what has left; a further part of a partly shipped order moves nothing."""
    now = clock.now()
    if not complete and order.status == Status.PARTLY_SHIPPED:
        record_event(order, kind, actor=actor, data=data)
        return
    fulfilment = Order.FulfilmentStatus.FULFILLED if complete else Order.FulfilmentStatus.PARTIAL
    changes: dict[str, object] = {"fulfilment_status": fulfilment, "shipped_at": now}
    if complete:
        changes["receive_by"] = now + timedelta(seconds=runtime.value("auto_receive_seconds"))
    to = Status.SHIPPED if complete else Status.PARTLY_SHIPPED
    transition(order, to, actor=actor, kind=kind, data=data, changes=changes)


def _shipped(order: Order, shipment: Shipment, *, complete: bool) -> OrderShipped:
    return OrderShipped(
        order.number,
        order.pk,
        order.member_id,
        order.payable,
        shipment=shipment.number,
        complete=complete,
    )
