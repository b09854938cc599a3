"""How fast each stock sells, counted from what was shipped."""

from datetime import timedelta

from django.db import connection

from shop.core import clock
from shop.core.db import in_transaction

# Rows whose figures did not change are not written; rows that stopped selling go back to zero.
_COUNT = """
INSERT INTO catalog_stockpace AS pace (stock_id, sold_7, sold_30)
SELECT stock_id, coalesce(sum(pieces) FILTER (WHERE recent), 0), coalesce(sum(pieces), 0)
FROM (
    SELECT stock_id, -on_hand_delta AS pieces, at > %(week)s AS recent
    FROM catalog_stockmovement WHERE kind = 'consume' AND at > %(month)s
    UNION ALL
    SELECT stock_id, 0, true FROM catalog_stockpace WHERE sold_30 > 0 OR sold_7 > 0
) AS sold
GROUP BY stock_id
ORDER BY stock_id
ON CONFLICT (stock_id) DO UPDATE SET sold_7 = excluded.sold_7, sold_30 = excluded.sold_30
WHERE (pace.sold_7, pace.sold_30) <> (excluded.sold_7, excluded.sold_30)
"""


@in_transaction
def count_sales_pace() -> int:
    """Count the pieces shipped in the last 7 and 30 days per stock row; return how many figures changed."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"week": now - timedelta(days=7), "month": now - timedelta(days=30)})
        return int(cursor.rowcount)
