"""Placing an order: one transaction that prices, compares, writes and reserves."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from catalog.errors import OutOfStock
from catalog.queries import SellableSku
from catalog.services.stock import Demand, reserve_stock
from members.points.errors import InsufficientPoints
from members.queries import AddressSnapshot, address_snapshot, snapshot_of
from members.services.locking import hold_member, lock_member
from members.wallet.errors import IosVirtualPayment
from orders.bodies import quote_body
from orders.errors import PurchaseLimited, QuoteChanged
from orders.events import OrderPlaced
from orders.models import CartItem, Order, OrderAdjustment, OrderEvent, OrderLine
from orders.pricing import QuoteLine
from orders.rules import needs_address
from orders.services.paying import mark_paid
from orders.services.points import spend_for, take_offer
from orders.services.quoting import (
    POINTS_CAVEAT,
    STOCK_CAVEAT,
    Caveat,
    OrderRequest,
    Prepared,
    prepare_quote,
)
from orders.services.wallet import hold_part
from orders.states import record_event
from orders.wording import store_reason
from shop.core import clock, runtime
from shop.core.actors import Actor
from shop.core.crypto import hash_phone
from shop.core.db import joining_transaction
from shop.core.ids import new_number
from shop.core.outbox import publish
from shop.core.rows import insert_row, insert_rows

LIMIT_CAVEATS = ("min_quantity", "limit_per_order", "limit_per_member")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a member adds to an order without changing its price."""

    note: str = ""
    platform: str = ""


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """What was written, so that the answer needs no second look."""

    order: Order
    lines: list[OrderLine]
    adjustments: list[OrderAdjustment]
    events: list[OrderEvent]


@joining_transaction
def place_order(
    *, actor: Actor, request: OrderRequest, expected_payable: int, wishes: Wishes | None = None
) -> PlacedOrder:
    """Place a member's order: price anew, compare with what the member saw, reserve, write.

    An order of which nothing is due, because it costs nothing or the wallet pays it, is paid at once. What
    came from the cart leaves it. Locks the member, stock rows, mall goods, the wallet, points. Raises what
    ``prepare_quote`` raises, ``QuoteChanged`` (with the new quote), ``PurchaseLimited``, ``OutOfStock``,
    ``AddressRequired``, ``IosVirtualPayment``, what the wallet refuses with (``InsufficientBalance`` when its
    money went elsewhere this instant), ``InsufficientPoints``, what the points mall refuses with,
    ``TokenInvalid`` for a closed account, ``Busy``.
    """
    if actor.kind != "member" or actor.id is None:
        raise ValueError("Only members place orders.")
    member_id = actor.id
    hold_member(member_id=member_id)
    prepared = _prepare(member_id, request)
    if prepared.quote.payable != expected_payable:
        # Goods of the cart that were sold meanwhile are the reason, not a changed price.
        _refuse_short(prepared.skipped)
        raise QuoteChanged(quote=quote_body(prepared))
    _refuse_caveats(prepared)
    address = _address(member_id, prepared)
    placed = _write(member_id, prepared, address, wishes or Wishes())
    order = placed.order
    reserve_stock(
        reference=order.number,
        demands=[Demand(line.sku_id, line.quantity) for line in prepared.quote.lines],
        expires_at=None,  # the order's own end releases them, also when WeChat leaves us in the dark
        actor=actor,
        location_id=prepared.location_id,
        is_new=True,
    )
    take_offer(order, offer=prepared.offer, quantity=prepared.quote.lines[0].quantity)
    if order.wallet_amount:
        hold_part(order, wallet_token=request.wallet_token)
    spend_for(order)
    publish(OrderPlaced(order.number, order.pk, order.member_id, order.payable))
    if order.due == 0:
        placed.events.append(mark_paid(order, actor=actor, amount=0))
    if request.items is None:
        ordered = [line.sku_id for line in prepared.quote.lines]
        CartItem.objects.filter(member_id=member_id, sku_id__in=ordered).delete()
    return placed


def _prepare(member_id: int, request: OrderRequest) -> Prepared:
    """Quote; with a limit per member once more under the member's lock, so that two orders see each other."""
    prepared = prepare_quote(member_id=member_id, request=request)
    if all(sku.limit_per_member is None for sku in prepared.skus.values()):
        return prepared
    lock_member(member_id=member_id)
    return prepare_quote(member_id=member_id, request=request)


def _refuse_caveats(prepared: Prepared) -> None:
    """Refuse what a quote only warns of. Stock is decided by the reservation; this spares its lock."""
    if any(item.code == IosVirtualPayment.code for item in prepared.warnings):
        raise IosVirtualPayment
    short_of = next((item for item in prepared.warnings if item.code == POINTS_CAVEAT), None)
    if short_of is not None:
        raise InsufficientPoints(available=short_of.available)
    limits = [
        {"sku": item.sku_id, "code": item.code, "limit": item.limit, "wanted": item.wanted}
        for item in prepared.warnings
        if item.code in LIMIT_CAVEATS
    ]
    if limits:
        raise PurchaseLimited(lines=limits)
    _refuse_short(prepared.warnings)


def _refuse_short(caveats: Iterable[Caveat]) -> None:
    short = [
        {"sku": item.sku_id, "available": item.available, "wanted": item.wanted}
        for item in caveats
        if item.code == STOCK_CAVEAT
    ]
    if short:
        raise OutOfStock(lines=short)


def _address(member_id: int, prepared: Prepared) -> AddressSnapshot | None:
    if not needs_address(prepared.request.delivery):
        return None
    return snapshot_of(prepared.address) if prepared.address else address_snapshot(member_id, None)


def _write(
    member_id: int, prepared: Prepared, address: AddressSnapshot | None, wishes: Wishes
) -> PlacedOrder:
    now = clock.now()
    quote = prepared.quote
    order = Order(
        number=new_number(),
        member_id=member_id,
        goods_total=quote.goods_total,
        freight=quote.freight,
        adjustment_total=quote.adjustment_total,
        payable=quote.payable,
        wallet_amount=prepared.wallet_amount,
        due=prepared.due,
        points_used=quote.points_used,
        delivery=prepared.request.delivery.value,
        store=prepared.store,
        location_id=prepared.location_id,
        address="" if address is None else json.dumps(address.as_dict(), ensure_ascii=False),
        phone_hash="" if address is None else hash_phone(address.phone),
        note=wishes.note,
        platform=wishes.platform,
        created_at=now,
        expires_at=now + timedelta(seconds=runtime.value("unpaid_order_seconds")),
    )
    insert_row(order)
    lines = [_line(order, line, prepared.skus[line.sku_id]) for line in quote.lines]
    insert_rows(lines)
    adjustments = _write_adjustments(order, prepared, {line.sku_id: line for line in lines})
    event = record_event(order, "placed", actor=Actor.member(member_id))
    return PlacedOrder(order, lines, adjustments, [event])


def _line(order: Order, line: QuoteLine, sku: SellableSku) -> OrderLine:
    return OrderLine(
        order=order,
        sku_id=line.sku_id,
        product_id=sku.product_id,
        title=sku.title,
        sku_code=sku.code,
        spec=sku.spec,
        image=sku.image,
        quantity=line.quantity,
        unit_price=line.unit_price,
        amount=line.amount,
        payable=line.payable,
        freight=line.freight,
        cost=sku.cost,
        explanation=[store_reason(reason) for reason in line.explanation],
    )


def _write_adjustments(
    order: Order, prepared: Prepared, lines: Mapping[int, OrderLine]
) -> list[OrderAdjustment]:
    rows = [
        OrderAdjustment(
            order=order,
            line=None if item.sku_id is None else lines[item.sku_id],
            kind=item.kind,
            label=item.label,
            source=item.source,
            amount=item.amount,
        )
        for item in prepared.quote.adjustments
    ]
    insert_rows(rows)
    return rows
