"""The one way to change stock: locked rows, movements, counters, alerts and sold-out time, set-based."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

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
from shop.core.rows import find_rows, insert_rows

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

    Two statements, plus one when something crosses a level and one when sold-out time ends, however many
    changes there are.
    """
    if not changes:
        return
    now = clock.now()
    rows = {change.stock.pk: change.stock for change in changes}
    former = {pk: (stock.on_hand, stock.reserved) for pk, stock in rows.items()}
    insert_rows([_movement(change, actor, now) for change in changes])
    events = [event for stock in rows.values() for event in _alert(stock)]
    add_sold_out_time(_sold_out(rows.values(), now))
    _store(rows.values(), former)
    publish_many(events)


def _movement(change: Change, actor: Actor, now: datetime) -> StockMovement:
    stock = change.stock
    stock.on_hand += change.on_hand
    stock.reserved += change.reserved
    return StockMovement(
        stock=stock,
        kind=change.kind,
        on_hand_delta=change.on_hand,
        reserved_delta=change.reserved,
        on_hand_after=stock.on_hand,
        reserved_after=stock.reserved,
        reference=change.reference,
        actor_key=actor.key[:160],
        reason=change.reason,
        at=now,
    )


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


def _store(stocks: Iterable[Stock], former: Mapping[int, tuple[int, int]]) -> None:
    """Move the counters by what changed, so that the CHECK and the trigger judge the rows as they are now."""
    rows = list(stocks)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_stock AS stock SET on_hand = stock.on_hand + fresh.on_hand,"
            " reserved = stock.reserved + fresh.reserved, alert = fresh.alert,"
            " sold_out_since = fresh.since, sold_out_counted_to = fresh.counted"
            " FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::text[], %s::timestamptz[],"
            " %s::timestamptz[]) AS fresh (id, on_hand, reserved, alert, since, counted)"
            " WHERE stock.id = fresh.id",
            [
                [stock.pk for stock in rows],
                [stock.on_hand - former[stock.pk][0] for stock in rows],
                [stock.reserved - former[stock.pk][1] for stock in rows],
                [stock.alert for stock in rows],
                [stock.sold_out_since for stock in rows],
                [stock.sold_out_counted_to for stock in rows],
            ],
        )


def _lines(wanted: Mapping[int, int]) -> list[dict[str, int]]:
    found = Stock.objects.filter(sku_id__in=wanted, location__is_default=True)
    available = {stock.sku_id: stock.available for stock in found}
    return [
        {"sku": sku_id, "available": available.get(sku_id, 0), "wanted": quantity}
        for sku_id, quantity in wanted.items()
    ]
