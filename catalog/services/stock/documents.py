"""Stock-in, stock-take and returns: pieces that come to a location, or were found there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from catalog.errors import CountBelowReserved, StockConflict, StockMoved
from catalog.models import Location, Sku, Stock, StockDocument, StockMovement
from catalog.permissions import RECEIVE_STOCK, TAKE_STOCK
from catalog.services.stock.levels import open_stock
from catalog.services.stock.posting import (
    MAX_PIECES,
    Change,
    Demand,
    apply,
    lock_stock,
    stock_transaction,
    total_by_sku,
)
from shop.core import audit, clock
from shop.core.actors import Actor
from shop.core.db import in_transaction
from shop.core.errors import FieldError, InvalidInput
from shop.core.permissions import require

Kind = StockMovement.Kind
MAX_REFERENCE = 64
MAX_REASON = 200


@dataclass(frozen=True, slots=True)
class Count:
    """Pieces of a SKU that a stock-take found, promised ones included."""

    sku_id: int
    quantity: int


@in_transaction
def receive_stock(
    *, actor: Actor, location_id: int | None, lines: Sequence[Demand], reference: str, reason: str
) -> StockDocument:
    """Book goods that arrived at a location (``None``: the default one), once per ``reference``.

    Returns the document; the same call again returns the first one. Locks stock rows. Raises ``Forbidden``,
    ``InvalidInput`` (an unknown SKU or location, no line, too many pieces) or ``StockConflict`` when the
    reference was booked with other quantities.
    """
    require(actor, RECEIVE_STOCK)
    quantities = total_by_sku(lines)
    location = _check(quantities, location_id, reference, reason)
    stocks = _lock(location, quantities)
    known = _known_document(StockDocument.Kind.STOCK_IN, reference)
    if known is not None:
        booked = _booked(known, "on_hand_delta")
        return _same(known, booked, quantities, location)
    with stock_transaction():
        for sku_id, quantity in quantities.items():
            _refuse_overflow(stocks[sku_id].on_hand + quantity)
        changes = [
            Change(stocks[sku_id], Kind.STOCK_IN, reference, on_hand=quantity, reason=reason)
            for sku_id, quantity in quantities.items()
        ]
        return _sign(actor, StockDocument.Kind.STOCK_IN, location, changes, reference, reason)


@in_transaction
def take_stock(
    *,
    actor: Actor,
    location_id: int | None,
    lines: Sequence[Count],
    reference: str,
    reason: str,
    expected: Mapping[int, int] | None = None,
) -> StockDocument:
    """Book what was counted at a location (``None``: the default one), once per ``reference``.

    What is on hand becomes what was counted; a SKU that was right gets a movement of zero, as proof that it
    was counted. ``expected`` gives the pieces on hand (by SKU) that whoever confirmed the differences saw.
    Locks stock rows. Raises ``Forbidden``, ``InvalidInput`` (an unknown SKU or location, a SKU twice, no
    line), ``StockConflict`` when the reference was booked with other counts, ``StockMoved`` with ``lines``
    when something is no longer as expected, and ``CountBelowReserved`` with ``lines`` when fewer pieces were
    found than are promised.
    """
    require(actor, TAKE_STOCK)
    counted = {line.sku_id: line.quantity for line in lines}
    if len(counted) != len(lines):
        raise InvalidInput(errors=[FieldError("lines", "duplicate", _("A SKU is counted once."))])
    location = _check(counted, location_id, reference, reason)
    stocks = _lock(location, counted)
    known = _known_document(StockDocument.Kind.STOCK_TAKE, reference)
    if known is not None:
        return _same(known, _booked(known, "on_hand_after"), counted, location)
    _refuse_moved(stocks, expected or {})
    _refuse_below_reserved(stocks, counted)
    with stock_transaction():
        changes = [
            Change(
                stocks[sku_id],
                Kind.STOCK_TAKE,
                reference,
                on_hand=quantity - stocks[sku_id].on_hand,
                reason=reason,
            )
            for sku_id, quantity in counted.items()
        ]
        return _sign(actor, StockDocument.Kind.STOCK_TAKE, location, changes, reference, reason)


def return_stock(
    *, actor: Actor, lines: Sequence[Demand], reference: str, reason: str = "", location_id: int | None = None
) -> None:
    """Put pieces that a shopper sent back on the shelf, once per ``reference`` (the after-sale's number).

    Called inside the caller's transaction; locks stock rows. Raises ``InvalidInput`` for an unknown SKU or
    location, ``StockConflict`` when the reference was booked with other quantities.
    """
    quantities = total_by_sku(lines)
    with stock_transaction():
        location = _check(quantities, location_id, reference, reason or "-")
        stocks = _lock(location, quantities)
        done = dict(
            StockMovement.objects.filter(
                stock__in=[stock.pk for stock in stocks.values()], kind=Kind.RETURN, reference=reference
            ).values_list("stock__sku_id", "on_hand_delta")
        )
        if any(quantities[sku_id] != quantity for sku_id, quantity in done.items()):
            raise StockConflict
        apply(
            [
                Change(stocks[sku_id], Kind.RETURN, reference, on_hand=quantity, reason=reason)
                for sku_id, quantity in quantities.items()
                if sku_id not in done
            ],
            actor=actor,
        )


def _check(quantities: Mapping[int, int], location_id: int | None, reference: str, reason: str) -> Location:
    """Return the location; raises ``InvalidInput`` with everything that is wrong with the paper."""
    errors = []
    if not quantities:
        errors.append(FieldError("lines", "empty", _("At least one line is required.")))
    if not 1 <= len(reference) <= MAX_REFERENCE:
        errors.append(FieldError("reference", "invalid", _("A reference of 1 to 64 characters is required.")))
    if not 1 <= len(reason.strip()) <= MAX_REASON:
        errors.append(FieldError("reason", "invalid", _("A reason of 1 to 200 characters is required.")))
    if any(not 0 <= quantity <= MAX_PIECES for quantity in quantities.values()):
        errors.append(FieldError("lines", "out_of_range", _("A quantity is out of range.")))
    places = (
        Location.objects.filter(is_default=True)
        if location_id is None
        else Location.objects.filter(pk=location_id)
    )
    location = places.first()
    if location is None:
        errors.append(FieldError("location", "unknown", _("There is no such location.")))
    unknown = set(quantities) - set(Sku.objects.filter(pk__in=quantities).values_list("pk", flat=True))
    errors += [
        FieldError("lines", "unknown_sku", _("SKU %(id)s does not exist.") % {"id": pk})
        for pk in sorted(unknown)
    ]
    if errors or location is None:
        raise InvalidInput(errors=errors)
    return location


def _lock(location: Location, quantities: Mapping[int, int]) -> dict[int, Stock]:
    """Lock the stock rows, after making those of SKUs that were never at this location."""
    stocks = lock_stock(sku_ids=quantities, location_id=location.pk)
    missing = set(quantities) - set(stocks)
    if not missing:
        return stocks
    open_stock(sku_ids=missing, location_id=location.pk)
    return lock_stock(sku_ids=quantities, location_id=location.pk)


def _refuse_overflow(pieces: int) -> None:
    if pieces > MAX_PIECES:
        raise InvalidInput(errors=[FieldError("lines", "out_of_range", _("A quantity is out of range."))])


def _refuse_moved(stocks: Mapping[int, Stock], expected: Mapping[int, int]) -> None:
    moved = [
        {"sku": sku_id, "expected": pieces, "on_hand": stocks[sku_id].on_hand}
        for sku_id, pieces in expected.items()
        if sku_id in stocks and stocks[sku_id].on_hand != pieces
    ]
    if moved:
        raise StockMoved(lines=moved)


def _refuse_below_reserved(stocks: Mapping[int, Stock], counted: Mapping[int, int]) -> None:
    below = [
        {"sku": sku_id, "counted": quantity, "reserved": stocks[sku_id].reserved}
        for sku_id, quantity in counted.items()
        if quantity < stocks[sku_id].reserved
    ]
    if below:
        raise CountBelowReserved(lines=below)


def _known_document(kind: StockDocument.Kind, reference: str) -> StockDocument | None:
    return StockDocument.objects.filter(kind=kind, reference=reference).first()


def _booked(document: StockDocument, column: str) -> dict[int, int]:
    movements = StockMovement.objects.filter(kind=document.kind, reference=document.reference)
    return dict(movements.values_list("stock__sku_id", column))


def _same(
    known: StockDocument, booked: Mapping[int, int], asked: Mapping[int, int], location: Location
) -> StockDocument:
    if known.location_id != location.pk or dict(booked) != dict(asked):
        raise StockConflict
    return known


def _sign(
    actor: Actor,
    kind: StockDocument.Kind,
    location: Location,
    changes: Sequence[Change],
    reference: str,
    reason: str,
) -> StockDocument:
    pieces = sum(change.on_hand for change in changes)
    document = StockDocument.objects.create(
        kind=kind,
        reference=reference,
        location=location,
        reason=reason.strip(),
        lines=len(changes),
        pieces=pieces,
        actor_key=actor.key[:160],
        actor_label=actor.label[:150],
        at=clock.now(),
    )
    apply(changes, actor=actor)
    audit.record(
        actor=actor,
        action=RECEIVE_STOCK if kind == StockDocument.Kind.STOCK_IN else TAKE_STOCK,
        subject=document,
        after={"reference": reference, "location": location.name, "lines": len(changes), "pieces": pieces},
        reason=reason,
    )
    return document
