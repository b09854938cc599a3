"""The one way to change stock: locked rows, movements, counters, alerts and sold-out time, set-based."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection

from catalog.errors import OutOfStock, StockConflict
from catalog.events import StockEvent, StockLow, StockOut, StockRecovered
from catalog.models import Stock, StockMovement
from catalog.rules.stock import Severity, announced, severity_of, sum_by_sku
from catalog.services.integrity import violated_constraint
from catalog.services.stock.soldout import add_sold_out_time
from shop.core import clock
from shop.core.actors import Actor
from shop.core.db import BUSY_RETRY_AFTER_SECONDS, lock_rows, transaction
from shop.core.errors import Busy, NotFound
from shop.core.outbox import publish_many
from shop.core.prepared import Prepared
from shop.core.rows import find_rows

_MOVE = Prepared("""
WITH journal AS (
    INSERT INTO catalog_stockmovement (stock_id, kind, on_hand_delta, reserved_delta, on_hand_after,
        reserved_after, reference, actor_key, reason, at)
    SELECT moved.stock_id, moved.kind, moved.on_hand_delta, moved.reserved_delta, moved.on_hand_after,
        moved.reserved_after, moved.reference, %(actor)s, moved.reason, %(now)s
    FROM unnest(%(moved)s::bigint[], %(kinds)s::text[], %(on_hand_deltas)s::int[], %(reserved_deltas)s::int[],
        %(on_hand_after)s::int[], %(reserved_after)s::int[], %(references)s::text[], %(reasons)s::text[])
        AS moved (stock_id, kind, on_hand_delta, reserved_delta, on_hand_after, reserved_after, reference,
            reason)
)
UPDATE catalog_stock AS stock SET on_hand = stock.on_hand + fresh.on_hand,
    reserved = stock.reserved + fresh.reserved, alert = fresh.alert,
    sold_out_since = fresh.since, sold_out_counted_to = fresh.counted
FROM unnest(%(ids)s::bigint[], %(on_hand)s::int[], %(reserved)s::int[], %(alerts)s::text[],
    %(since)s::timestamptz[], %(counted)s::timestamptz[])
    AS fresh (id, on_hand, reserved, alert, since, counted)
WHERE stock.id = fresh.id
""")

MAX_PIECES = 1_000_000_000
"""More than any warehouse holds, less than the counters can."""

_SEVERITY = {
    Stock.Alert.NONE.value: Severity.NONE,
    Stock.Alert.LOW.value: Severity.LOW,
    Stock.Alert.CRITICAL.value: Severity.CRITICAL,
    Stock.Alert.OUT.value: Severity.OUT,
}
_ALERT = {severity: alert for alert, severity in _SEVERITY.items()}


@dataclass(frozen=True, slots=True)
class Demand:
    """Pieces wanted of a SKU. Several demands of one SKU are added up."""

    sku_id: int
    quantity: int

    def __post_init__(self) -> None:
        if self.quantity < 1:
            raise ValueError("A demand is for at least one piece.")


@dataclass(frozen=True, slots=True)
class Change:
    """One movement to make on a locked stock row; deltas in pieces."""

    stock: Stock
    kind: StockMovement.Kind
    reference: str
    on_hand: int = 0
    reserved: int = 0
    reason: str = ""


def total_by_sku(demands: Iterable[Demand]) -> dict[int, int]:
    """Return the pieces wanted of each SKU over all demands."""
    return sum_by_sku((demand.sku_id, demand.quantity) for demand in demands)


def lock_stock(*, sku_ids: Iterable[int], location_id: int | None) -> dict[int, Stock]:
    """Lock the stock rows of SKUs at a location (``None``: the default one); return them by SKU id.

    SKUs that were never at that location are missing from the answer.
    """
    if location_id is None:
        rows = lock_rows(Stock.objects.filter(sku_id__in=sku_ids, location__is_default=True))
    else:
        rows = find_rows(Stock, lock=True, sku_id=list(sku_ids), location_id=location_id)
    return {stock.sku_id: stock for stock in rows}


def lock_stock_rows(stock_ids: Iterable[int]) -> dict[int, Stock]:
    """Lock stock rows and return them by their own id; raises ``NotFound`` unless all exist."""
    wanted = set(stock_ids)
    rows = {stock.pk: stock for stock in lock_rows(Stock.objects.filter(pk__in=wanted))}
    if len(rows) != len(wanted):
        raise NotFound
    return rows


@contextmanager
def stock_transaction(*, wanted: Mapping[int, int] | None = None, savepoint: bool = True) -> Iterator[None]:
    """Open a transaction in which the database's last word about stock becomes a refusal, not an error.

    ``savepoint`` as in ``shop.core.db.transaction``.
    Locks make these unreachable; should a writer ever bypass them, its transaction is refused whole.
    """
    try:
        with transaction(savepoint=savepoint):
            yield
    except IntegrityError as error:
        constraint = violated_constraint(error)
        if constraint == "catalog_stock_reserved_within":
            raise OutOfStock(lines=_lines(wanted or {})) from error
        if constraint == "catalog_stock_follows_movements":
            raise Busy(retry_after=BUSY_RETRY_AFTER_SECONDS) from error
        if constraint in ("catalog_movement_once", "catalog_stock_document_once"):
            raise StockConflict from error
        raise


def apply(changes: Sequence[Change], *, actor: Actor) -> None:
    """Journal ``changes`` and move the counters of their stock rows, which the caller has locked.

    One statement, plus one when something crosses a level and one when sold-out time ends, however many
    changes there are.
    """
    if not changes:
        return
    now = clock.now()
    rows = {change.stock.pk: change.stock for change in changes}
    former = {pk: (stock.on_hand, stock.reserved) for pk, stock in rows.items()}
    movements = [_move(change) for change in changes]
    events = [event for stock in rows.values() for event in _alert(stock)]
    add_sold_out_time(_sold_out(rows.values(), now))
    _store(changes, movements, rows.values(), former, actor=actor, now=now)
    publish_many(events)


def _move(change: Change) -> tuple[int, int]:
    """Move the counters of the row in hand; return what they are after it."""
    stock = change.stock
    stock.on_hand += change.on_hand
    stock.reserved += change.reserved
    return stock.on_hand, stock.reserved


def _alert(stock: Stock) -> Iterator[StockEvent]:
    """Move the announced alert of a changed row and yield the event that announces it, if any."""
    before = _SEVERITY[stock.alert]
    present = severity_of(available=stock.available, warning=stock.warning_at, safety=stock.safety_at)
    after = announced(before=before, now=present)
    stock.alert = _ALERT[after]
    subject = (stock.pk, stock.sku_id, stock.location_id, stock.available)
    if after is before:
        return
    if after is Severity.NONE:
        yield StockRecovered(*subject)
    elif after is Severity.OUT:
        yield StockOut(*subject)
    else:
        yield StockLow(*subject, level=stock.alert)


def _sold_out(stocks: Iterable[Stock], now: datetime) -> list[tuple[int, datetime, datetime]]:
    """Begin or end the sold-out time of changed rows; return the spans that ended, by stock id."""
    ended = []
    for stock in stocks:
        if stock.available <= 0 and stock.sold_out_since is None:
            stock.sold_out_since = stock.sold_out_counted_to = now
        elif stock.available > 0 and stock.sold_out_since is not None:
            ended.append((stock.pk, stock.sold_out_counted_to or stock.sold_out_since, now))
            stock.sold_out_since = stock.sold_out_counted_to = None
    return ended


def _store(
    changes: Sequence[Change],
    after: Sequence[tuple[int, int]],
    stocks: Iterable[Stock],
    former: Mapping[int, tuple[int, int]],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Write the movements with the counters ``after`` each, and move the counters by what changed.

    By what changed, so that the CHECK and the trigger, which looks when both are written, judge the rows as
    they are now.
    """
    rows = list(stocks)
    parameters: dict[str, Any] = {
        "moved": [change.stock.pk for change in changes],
        "kinds": [change.kind for change in changes],
        "on_hand_deltas": [change.on_hand for change in changes],
        "reserved_deltas": [change.reserved for change in changes],
        "on_hand_after": [on_hand for on_hand, _reserved in after],
        "reserved_after": [reserved for _on_hand, reserved in after],
        "references": [change.reference for change in changes],
        "actor": actor.key[:160],
        "reasons": [change.reason for change in changes],
        "now": now,
        "ids": [stock.pk for stock in rows],
        "on_hand": [stock.on_hand - former[stock.pk][0] for stock in rows],
        "reserved": [stock.reserved - former[stock.pk][1] for stock in rows],
        "alerts": [stock.alert for stock in rows],
        "since": [stock.sold_out_since for stock in rows],
        "counted": [stock.sold_out_counted_to for stock in rows],
    }
    with connection.cursor() as cursor:
        _MOVE.run(cursor, parameters)


def _lines(wanted: Mapping[int, int]) -> list[dict[str, int]]:
    found = Stock.objects.filter(sku_id__in=wanted, location__is_default=True)
    available = {stock.sku_id: stock.available for stock in found}
    return [
        {"sku": sku_id, "available": available.get(sku_id, 0), "wanted": quantity}
        for sku_id, quantity in wanted.items()
    ]
