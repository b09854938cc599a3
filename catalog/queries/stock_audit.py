"""Recompute stock from its movements and reservations, in the database, and name what does not add up."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

_FETCH = 500

# One pass over the movements in the order of each stock's chain. A movement is broken when it does not start
# where the one before it ended; counters must be the sum of the deltas, and what is reserved must be what the
# open reservations still hold. No join to stock inside the passes: missing statistics cannot mislead them.
_DRIFT = """
SELECT stock.id, stock.sku_id, stock.location_id, stock.on_hand, coalesce(moved.on_hand, 0),
       stock.reserved, coalesce(moved.reserved, 0), coalesce(held.pieces, 0), coalesce(moved.broken, 0),
       moved.first_broken
FROM catalog_stock AS stock
LEFT JOIN (
    SELECT stock_id, sum(on_hand_delta) AS on_hand, sum(reserved_delta) AS reserved,
           count(*) FILTER (WHERE broken) AS broken, min(id) FILTER (WHERE broken) AS first_broken
    FROM (
        SELECT stock_id, id, on_hand_delta, reserved_delta,
               on_hand_after - on_hand_delta <> coalesce(lag(on_hand_after) OVER chain, 0)
               OR reserved_after - reserved_delta <> coalesce(lag(reserved_after) OVER chain, 0)
               OR reserved_after > on_hand_after AS broken
        FROM catalog_stockmovement
        WINDOW chain AS (PARTITION BY stock_id ORDER BY id)
    ) AS step
    GROUP BY stock_id
) AS moved ON moved.stock_id = stock.id
LEFT JOIN (
    SELECT stock_id, sum(quantity - consumed - released) AS pieces
    FROM catalog_reservation WHERE state IN ('held', 'committed') GROUP BY stock_id
) AS held ON held.stock_id = stock.id
WHERE stock.on_hand <> coalesce(moved.on_hand, 0)
   OR stock.reserved <> coalesce(moved.reserved, 0)
   OR stock.reserved <> coalesce(held.pieces, 0)
   OR coalesce(moved.broken, 0) > 0
   OR (stock.on_hand <= stock.reserved) <> (stock.sold_out_since IS NOT NULL)
ORDER BY stock.id
"""


@dataclass(frozen=True)
class StockDrift:
    """A stock row whose counters, movements, reservations or sold-out mark do not agree; in pieces."""

    stock_id: int
    sku_id: int
    location_id: int
    on_hand: int
    on_hand_moved: int
    reserved: int
    reserved_moved: int
    reserved_held: int
    broken_movements: int
    first_broken_movement: int | None


def audit_stock() -> Iterator[StockDrift]:
    """Yield every stock row that drifted; changes nothing and locks nothing.

    One statement, hence one snapshot: it may run while the shop is open.
    """
    with connection.chunked_cursor() as cursor:
        cursor.execute(_DRIFT)
        while rows := cursor.fetchmany(_FETCH):
            for row in rows:
                yield StockDrift(*(int(cell) if cell is not None else None for cell in row))  # type: ignore[arg-type]
