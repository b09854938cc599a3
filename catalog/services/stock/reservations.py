"""Promising pieces to orders: held, committed by payment, consumed by shipping, or released.

Called inside the caller's transaction, after it locked the order (``shop.core.db.LOCK_ORDER``). Stock rows
are locked in order of primary key, then reservations. Every function takes the same few statements for one
line or fifty, and does nothing when it was done before under the same reference.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection

from catalog.errors import OutOfStock, ReservationClosed, ReservationConflict, StockConflict
from catalog.models import Reservation, Stock, StockMovement
from catalog.services.stock.posting import (
    Change,
    Demand,
    apply,
    lock_stock,
    lock_stock_rows,
    stock_transaction,
    total_by_sku,
)
from shop.core import clock
from shop.core.actors import Actor
from shop.core.db import lock_rows
from shop.core.errors import NotFound
from shop.core.prepared import Prepared

_HOLD = Prepared("""
INSERT INTO catalog_reservation
    (reference, stock_id, quantity, consumed, released, rounds, state, expires_at, created_at)
SELECT %(reference)s, wanted.stock_id, wanted.quantity, 0, 0, %(rounds)s, %(state)s,
    %(expires_at)s::timestamptz, %(now)s
FROM unnest(%(stocks)s::bigint[], %(quantities)s::int[]) AS wanted (stock_id, quantity)
ON CONFLICT (reference, stock_id) DO UPDATE SET
    quantity = excluded.quantity, consumed = 0, released = 0, rounds = excluded.rounds,
    state = excluded.state, expires_at = excluded.expires_at, created_at = excluded.created_at
""")

_COMMIT = Prepared("""
WITH held AS (
    SELECT id FROM catalog_reservation WHERE reference = %(reference)s AND state = %(held)s
    ORDER BY id FOR NO KEY UPDATE
)
UPDATE catalog_reservation AS reservation SET state = %(kept)s, expires_at = NULL
FROM held WHERE reservation.id = held.id
""")

Kind = StockMovement.Kind
State = Reservation.State


def reserve_stock(
    *,
    reference: str,
    demands: Sequence[Demand],
    expires_at: datetime | None,
    actor: Actor,
    location_id: int | None = None,
    reopen: bool = False,
    is_new: bool = False,
) -> None:
    """Hold pieces for ``reference`` at a location (the default one) until ``expires_at``: all or nothing.

    Demand of one SKU is added up first. The same call again changes nothing; with other quantities it raises
    ``ReservationConflict``. A reference whose pieces were released stays released (``ReservationClosed``)
    unless ``reopen`` is true, which reserves anew: for a payment that came too late. ``is_new`` says that the
    caller has just made the reference, so nothing can be reserved under it yet, and that the caller's own
    transaction ends with a refusal.

    Raises ``OutOfStock`` with ``lines`` of every SKU that is short, ``Busy`` when a row stays locked.
    """
    wanted = total_by_sku(demands)
    if not wanted:
        raise ValueError("Nothing is to be reserved.")
    with stock_transaction(wanted=wanted, savepoint=not is_new):
        stocks = lock_stock(sku_ids=wanted, location_id=location_id)
        known = {} if is_new else _known(reference)
        if known and not _may_reserve(known, wanted, stocks, reopen=reopen):
            return
        short = [
            {"sku": sku_id, "available": _available(stocks.get(sku_id)), "wanted": quantity}
            for sku_id, quantity in wanted.items()
            if _available(stocks.get(sku_id)) < quantity
        ]
        if short:
            raise OutOfStock(lines=short)
        rounds = max((row.rounds for row in known.values()), default=0) + 1
        movement_reference = _round_reference(reference, rounds)
        apply(
            [
                Change(stocks[sku_id], Kind.RESERVE, movement_reference, reserved=quantity)
                for sku_id, quantity in wanted.items()
            ],
            actor=actor,
        )
        _hold(reference, {stocks[sku_id].pk: wanted[sku_id] for sku_id in wanted}, rounds, expires_at)


def commit_reservation(*, reference: str) -> None:
    """Keep the pieces of ``reference`` for good: its order is paid. Counters do not move.

    Locks the reservations. Committed or consumed already: nothing happens. Raises ``ReservationClosed`` when
    the pieces were released, ``NotFound`` when nothing was ever reserved.
    """
    with stock_transaction(savepoint=False):
        with connection.cursor() as cursor:
            _COMMIT.run(cursor, {"reference": reference, "held": State.HELD, "kept": State.COMMITTED})
            if cursor.rowcount:
                return
        known = _known(reference)
        if not known:
            raise NotFound
        if all(row.state == State.RELEASED for row in known.values()):
            raise ReservationClosed


def release_reservation(
    *,
    reference: str,
    actor: Actor,
    demands: Sequence[Demand] | None = None,
    release_reference: str | None = None,
    reason: str = "",
) -> int:
    """Put pieces of ``reference`` back on the shelf and return how many: all that are left, or ``demands``.

    A part needs a ``release_reference`` of its own (a refund's number), under which it happens once. Shipped
    pieces stay shipped. A reference without reservations, or with nothing left, returns 0. Locks stock, then
    reservations. Raises ``ReservationConflict`` when fewer pieces are left than ``demands`` asks for.
    """
    if (demands is None) != (release_reference is None):
        raise ValueError("A part is released under a reference of its own.")
    with stock_transaction():
        rows, stocks = _lock_reserved(reference)
        if demands is None:
            parts = {row.pk: row.outstanding for row in rows if row.outstanding}
        else:
            parts = _parts(rows, stocks, total_by_sku(demands), Kind.RELEASE, release_reference or "")
        chosen = [row for row in rows if parts.get(row.pk)]
        apply(
            [
                Change(
                    stocks[row.stock_id],
                    Kind.RELEASE,
                    release_reference or _round_reference(reference, row.rounds),
                    reserved=-parts[row.pk],
                    reason=reason,
                )
                for row in chosen
            ],
            actor=actor,
        )
        for row in chosen:
            row.released += parts[row.pk]
        _store(chosen)
    return sum(parts.values())


def consume_reservation(
    *, reference: str, demands: Sequence[Demand], shipment_reference: str, actor: Actor
) -> None:
    """Take reserved pieces out of the location: they left in the shipment ``shipment_reference``.

    Happens once per shipment. Locks stock, then reservations. Raises ``ReservationClosed`` when the pieces
    were given back, ``ReservationConflict`` when they are not paid or fewer are left than shipped,
    ``StockConflict`` when the same shipment was booked with other quantities, ``NotFound`` when nothing was
    ever reserved.
    """
    wanted = total_by_sku(demands)
    if not wanted:
        raise ValueError("A shipment holds something.")
    with stock_transaction():
        rows, stocks = _lock_reserved(reference)
        if not rows:
            raise NotFound
        parts = _parts(rows, stocks, wanted, Kind.CONSUME, shipment_reference)
        chosen = [row for row in rows if parts.get(row.pk)]
        if any(row.state != State.COMMITTED for row in chosen):
            raise ReservationConflict
        apply(
            [
                Change(
                    stocks[row.stock_id],
                    Kind.CONSUME,
                    shipment_reference,
                    on_hand=-parts[row.pk],
                    reserved=-parts[row.pk],
                )
                for row in chosen
            ],
            actor=actor,
        )
        for row in chosen:
            row.consumed += parts[row.pk]
        _store(chosen)


def _known(reference: str) -> dict[int, Reservation]:
    return {row.stock_id: row for row in Reservation.objects.filter(reference=reference)}


def _available(stock: Stock | None) -> int:
    return stock.available if stock is not None else 0


def _round_reference(reference: str, rounds: int) -> str:
    return reference if rounds == 1 else f"{reference}~{rounds}"


def _may_reserve(
    known: Mapping[int, Reservation], wanted: Mapping[int, int], stocks: Mapping[int, Stock], *, reopen: bool
) -> bool:
    """Return whether to reserve anew (true), or nothing is left to do (false)."""
    if all(row.state == State.RELEASED for row in known.values()):
        if not reopen:
            raise ReservationClosed
        return True
    last = max(row.rounds for row in known.values())
    reserved = {row.stock_id: row.quantity for row in known.values() if row.rounds == last}
    asked = {stocks[sku_id].pk if sku_id in stocks else -sku_id: wanted[sku_id] for sku_id in wanted}
    if reserved != asked:
        raise ReservationConflict
    return False


def _hold(reference: str, quantities: Mapping[int, int], rounds: int, expires_at: datetime | None) -> None:
    with connection.cursor() as cursor:
        _HOLD.run(
            cursor,
            {
                "reference": reference,
                "stocks": list(quantities),
                "quantities": list(quantities.values()),
                "rounds": rounds,
                "state": State.HELD,
                "expires_at": expires_at,
                "now": clock.now(),
            },
        )


def _lock_reserved(reference: str) -> tuple[list[Reservation], dict[int, Stock]]:
    """Lock the stock behind a reference, then its reservations; return both (empty when there are none)."""
    stock_ids = list(Reservation.objects.filter(reference=reference).values_list("stock_id", flat=True))
    if not stock_ids:
        return [], {}
    stocks = lock_stock_rows(stock_ids)
    return lock_rows(Reservation.objects.filter(reference=reference, stock__in=stock_ids)), stocks


def _parts(
    rows: Sequence[Reservation],
    stocks: Mapping[int, Stock],
    wanted: Mapping[int, int],
    kind: StockMovement.Kind,
    reference: str,
) -> dict[int, int]:
    """Return how many pieces of which reservation to move for ``wanted``; none where it was done before."""
    by_sku = {stocks[row.stock_id].sku_id: row for row in sorted(rows, key=lambda row: row.rounds)}
    done = dict(
        StockMovement.objects.filter(stock__in=stocks, kind=kind, reference=reference).values_list(
            "stock_id", "reserved_delta"
        )
    )
    parts: dict[int, int] = {}
    for sku_id, quantity in wanted.items():
        row = by_sku.get(sku_id)
        if row is None:
            raise ReservationConflict
        if row.stock_id in done:
            if done[row.stock_id] != -quantity:
                raise StockConflict
            continue
        if row.outstanding < quantity:
            raise ReservationClosed if row.state == State.RELEASED else ReservationConflict
        parts[row.pk] = quantity
    return parts


def _state_of(row: Reservation) -> str:
    if row.outstanding:
        return row.state
    return State.CONSUMED if row.consumed else State.RELEASED


def _store(rows: Sequence[Reservation]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_reservation AS reservation"
            " SET consumed = fresh.consumed, released = fresh.released, state = fresh.state"
            " FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::text[])"
            " AS fresh (id, consumed, released, state) WHERE reservation.id = fresh.id",
            [
                [row.pk for row in rows],
                [row.consumed for row in rows],
                [row.released for row in rows],
                [_state_of(row) for row in rows],
            ],
        )
