"""Counting what is bought together: one bounded pass over recent paid orders, every night."""

from datetime import timedelta

from django.db import connection

from shop.core import clock
from shop.core.db import in_transaction
from shop.core.runtime import value

MOST_ORDERS = 300_000
"""Newest orders looked at, however many the window holds."""
MOST_LINES = 20
"""Products of one order that are paired: a bulk buyer's order must not make thousands of pairs."""
MOST_OTHERS = 30
"""Pairs kept per product."""

_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('storefront.copurchase'))"

# An order counts while it was paid and not refunded whole.
_COUNT = """
WITH newest AS (
    SELECT id, paid_at, payment_status FROM orders_order ORDER BY id DESC LIMIT %(orders)s
), recent AS (
    SELECT id FROM newest WHERE paid_at >= %(since)s AND payment_status IN ('paid', 'partly_refunded')
), bought AS (
    SELECT order_id, product_id, row_number() OVER (PARTITION BY order_id ORDER BY min(line.id)) AS place
    FROM orders_orderline AS line
    WHERE order_id IN (SELECT id FROM recent)
    GROUP BY order_id, product_id
), pair AS (
    SELECT one.product_id, two.product_id AS other_id, count(*) AS orders
    FROM bought AS one JOIN bought AS two
        ON two.order_id = one.order_id AND two.product_id <> one.product_id
    WHERE one.place <= %(lines)s AND two.place <= %(lines)s
    GROUP BY one.product_id, two.product_id
), ranked AS (
    SELECT pair.*, row_number() OVER (PARTITION BY product_id ORDER BY orders DESC, other_id DESC) AS place
    FROM pair
)
INSERT INTO storefront_copurchase (product_id, other_id, orders)
SELECT product_id, other_id, orders FROM ranked WHERE place <= %(others)s
"""


@in_transaction
def count_copurchases() -> int:
    """Count the pairs anew and return how many there are; 0 when another run is at it.

    Readers see the former pairs until this commits.
    """
    since = clock.now() - timedelta(days=int(value("related_window_days")))
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute("DELETE FROM storefront_copurchase")
        cursor.execute(
            _COUNT, {"orders": MOST_ORDERS, "since": since, "lines": MOST_LINES, "others": MOST_OTHERS}
        )
        return int(cursor.rowcount)
