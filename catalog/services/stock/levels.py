"""Stock rows and the levels that are in force for them."""

from collections.abc import Iterable

from django.db import connection

from catalog.models import Location, Stock
from catalog.permissions import SET_STOCK_LEVELS
from shop.core import audit, clock, runtime
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_row
from shop.core.errors import NotFound
from shop.core.permissions import require

# The nearest category that gives a level wins: paths of the tree are prefixes of each other, the longest is
# the nearest. Only rows whose levels differ are written.
_REFRESH = """
WITH levels AS (
    SELECT stock.id,
        coalesce(stock.warning_level, (
            SELECT up.warning_level FROM catalog_category AS up
            WHERE up.warning_level IS NOT NULL AND up.path = ANY(lineage.paths)
            ORDER BY up.depth DESC LIMIT 1), %(warning)s) AS warning,
        coalesce(stock.safety_level, (
            SELECT up.safety_level FROM catalog_category AS up
            WHERE up.safety_level IS NOT NULL AND up.path = ANY(lineage.paths)
            ORDER BY up.depth DESC LIMIT 1), %(safety)s) AS safety
    FROM catalog_stock AS stock
    JOIN catalog_sku AS sku ON sku.id = stock.sku_id
    JOIN catalog_product AS product ON product.id = sku.product_id
    JOIN (
        SELECT category.id, category.path, array(
            SELECT left(category.path, step * %(step)s) FROM generate_series(1, category.depth) AS step
        ) AS paths FROM catalog_category AS category
    ) AS lineage ON lineage.id = product.category_id
    WHERE {scope}
), locked AS (
    SELECT stock.id, levels.warning, levels.safety
    FROM catalog_stock AS stock JOIN levels ON levels.id = stock.id
    WHERE stock.warning_at <> levels.warning OR stock.safety_at <> levels.safety
    ORDER BY stock.id FOR NO KEY UPDATE OF stock
)
UPDATE catalog_stock AS stock SET warning_at = locked.warning, safety_at = locked.safety
FROM locked WHERE stock.id = locked.id
"""
_STEP_LENGTH = 4  # treebeard's steplen: four characters of path per level


def default_location() -> Location:
    """Return the location that express orders draw from; raises ``NotFound`` in a shop without one."""
    location = Location.objects.filter(is_default=True).first()
    if location is None:
        raise NotFound
    return location


def open_stock(*, sku_ids: Iterable[int], location_id: int) -> None:
    """Make empty stock rows for SKUs at a location; existing rows stay, but for the levels in force.

    An empty row counts as sold out from now on, without announcing it.
    """
    ids = sorted(set(sku_ids))
    now = clock.now()
    Stock.objects.bulk_create(
        [
            Stock(sku_id=sku_id, location_id=location_id, sold_out_since=now, sold_out_counted_to=now)
            for sku_id in ids
        ],
        ignore_conflicts=True,
    )
    refresh_levels_of_skus(ids)


def refresh_levels_of_skus(sku_ids: Iterable[int]) -> int:
    """Recompute the levels in force of SKUs; returns how many rows changed. One statement."""
    return _refresh("stock.sku_id = ANY(%(ids)s)", ids=list(sku_ids))


def refresh_levels_below(category_path: str) -> int:
    """Recompute the levels in force of every SKU in a subtree of categories. One statement."""
    return _refresh("lineage.path LIKE %(path)s", path=category_path + "%")


def refresh_all_levels() -> int:
    """Recompute every level in force, after a change of the shop's own defaults. One statement."""
    return _refresh("true")


@in_transaction
def set_stock_levels(
    *, actor: Actor, stock_id: int, warning_level: int | None, safety_level: int | None
) -> Stock:
    """Set a stock row's own levels (``None``: as its category says) and return it. Locks the row.

    Announces nothing by itself: the next movement does. Raises ``Forbidden`` or ``NotFound``.
    """
    require(actor, SET_STOCK_LEVELS)
    stock = lock_row(Stock.objects.filter(pk=stock_id))
    before = {"warning_level": stock.warning_level, "safety_level": stock.safety_level}
    after = {"warning_level": warning_level, "safety_level": safety_level}
    if before != after:
        Stock.objects.filter(pk=stock_id).update(**after)
        refresh_levels_of_skus([stock.sku_id])
        audit.record(actor=actor, action=SET_STOCK_LEVELS, subject=stock, before=before, after=after)
    stock.refresh_from_db()
    return stock


def _refresh(scope: str, **parameters: list[int] | str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            _REFRESH.format(scope=scope),
            {
                "warning": runtime.value("stock_warning_level"),
                "safety": runtime.value("stock_safety_level"),
                "step": _STEP_LENGTH,
                **parameters,
            },
        )
        return int(cursor.rowcount)
