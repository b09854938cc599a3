"""Do orders, their lines, payments, stock and timelines tell the same story? Changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from orders.payable import KIND
from shop.core import clock

PATIENCE = timedelta(hours=1)
"""How long an event or a job may take before what it has not done counts as a contradiction."""

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """One contradiction: what kind, in which order, and both sides of it."""

    kind: str
    number: str
    detail: str


# Each query returns (number, detail) of what does not add up, and reads one snapshot. %(late)s is the moment
# before which everything must have been worked off.
_DRIFT: dict[str, str] = {
    "goods_total": """
        SELECT o.number, format('goods %%s, lines %%s', o.goods_total, coalesce(sum(l.amount), 0))
        FROM orders_order o LEFT JOIN orders_orderline l ON l.order_id = o.id
        GROUP BY o.id HAVING o.goods_total <> coalesce(sum(l.amount), 0)""",
    "freight": """
        SELECT o.number, format('freight %%s, lines %%s', o.freight, coalesce(sum(l.freight), 0))
        FROM orders_order o LEFT JOIN orders_orderline l ON l.order_id = o.id
        GROUP BY o.id HAVING o.freight <> coalesce(sum(l.freight), 0)""",
    "adjustments": """
        SELECT o.number, format('adjustments %%s, rows %%s', o.adjustment_total, coalesce(sum(a.amount), 0))
        FROM orders_order o LEFT JOIN orders_orderadjustment a ON a.order_id = o.id
        GROUP BY o.id HAVING o.adjustment_total <> coalesce(sum(a.amount), 0)""",
    "line_payable": """
        SELECT o.number, format('line %%s payable %%s, amount %%s, adjustments %%s',
                                l.id, l.payable, l.amount, coalesce(sum(a.amount), 0))
        FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
        LEFT JOIN orders_orderadjustment a ON a.line_id = l.id
        GROUP BY o.id, l.id HAVING l.payable <> l.amount + coalesce(sum(a.amount), 0)""",
    "paid": """
        SELECT o.number, format('paid %%s, payments %%s', o.paid, coalesce(sum(p.captured), 0))
        FROM orders_order o LEFT JOIN payments_payment p
          ON p.payable_kind = %(kind)s AND p.payable_number = o.number AND p.disposition = 'kept'
        GROUP BY o.id HAVING o.paid <> coalesce(sum(p.captured), 0)""",
    "refunded": """
        SELECT o.number, format('refunded %%s, refunds %%s', o.refunded, coalesce(sum(r.amount), 0))
        FROM orders_order o LEFT JOIN payments_payment p
          ON p.payable_kind = %(kind)s AND p.payable_number = o.number AND p.disposition = 'kept'
        LEFT JOIN payments_refund r ON r.payment_id = p.id AND r.state = 'succeeded'
        GROUP BY o.id HAVING o.refunded > coalesce(sum(r.amount), 0)
          OR o.refunded < coalesce(sum(r.amount) FILTER (WHERE r.settled_at < %(late)s), 0)""",
    "payment_status": """
        SELECT o.number, format('%%s but paid %%s of %%s, refunded %%s',
                                o.payment_status, o.paid, o.payable, o.refunded)
        FROM orders_order o
        WHERE o.payment_status IS DISTINCT FROM CASE
            WHEN o.paid_at IS NULL THEN 'unpaid'
            WHEN o.refunded = 0 THEN 'paid'
            WHEN o.refunded = o.paid THEN 'refunded'
            ELSE 'partly_refunded' END
          OR (o.paid_at IS NOT NULL AND o.paid <> o.payable)""",
    "wallet_part": """
        SELECT o.number, format('%%s with %%s from the wallet; held %%s, kept %%s', o.payment_status,
                                o.wallet_amount, coalesce(w.held, 0), coalesce(w.kept, 0))
        FROM orders_order o LEFT JOIN (
            SELECT payable_number, sum(captured) FILTER (WHERE disposition = 'held') AS held,
                   sum(captured) FILTER (WHERE disposition = 'kept') AS kept
            FROM payments_payment WHERE payable_kind = %(kind)s AND part = 'wallet'
            GROUP BY payable_number) w ON w.payable_number = o.number
        WHERE coalesce(w.held, 0) <> CASE WHEN o.status IN ('pending_payment', 'closing')
                                          THEN o.wallet_amount ELSE 0 END
          OR coalesce(w.kept, 0) <> CASE WHEN o.payment_status = 'unpaid' THEN 0 ELSE o.wallet_amount END""",
    "points": """
        SELECT o.number, format('used %%s, returned %%s; spent %%s, given back %%s', o.points_used,
                                o.points_returned, coalesce(s.amount, 0), coalesce(s.returned, 0))
        FROM orders_order o
        LEFT JOIN LATERAL (
            SELECT amount, returned FROM members_pointsspend
            WHERE member_id = o.member_id AND reason = 'order_points' AND reference = o.number
            ORDER BY round DESC LIMIT 1) s ON true
        WHERE (o.points_used, o.points_returned) <> (coalesce(s.amount, 0), coalesce(s.returned, 0))
          OR (o.status IN ('closed', 'refunded') AND o.points_returned <> o.points_used)""",
    "status": """
        SELECT o.number, format('%%s and %%s', o.status, o.payment_status) FROM orders_order o
        WHERE (o.status IN ('pending_payment', 'closing')) <> (o.payment_status = 'unpaid')
          AND o.status <> 'closed'""",
    "unpromised_refund": """
        SELECT o.number, format('closed with %%s paid, %%s promised back',
                                o.paid, coalesce(sum(p.refund_committed), 0))
        FROM orders_order o LEFT JOIN payments_payment p
          ON p.payable_kind = %(kind)s AND p.payable_number = o.number AND p.disposition = 'kept'
        WHERE o.status = 'closed' AND o.paid > 0
        GROUP BY o.id HAVING o.paid > coalesce(sum(p.refund_committed), 0)
          AND NOT EXISTS (SELECT 1 FROM payments_refund r JOIN payments_payment q ON q.id = r.payment_id
                          WHERE q.payable_kind = %(kind)s AND q.payable_number = o.number
                            AND r.state = 'abandoned')""",
    "shipped": """
        SELECT o.number, format('line %%s shipped %%s, parcels %%s', l.id, l.shipped_quantity,
                                coalesce(sum(s.quantity), 0))
        FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
        LEFT JOIN orders_shipmentline s ON s.line_id = l.id
        GROUP BY o.id, l.id HAVING l.shipped_quantity <> coalesce(sum(s.quantity), 0)""",
    "reservation": """
        SELECT o.number, format('%%s: %%s pieces to be held, %%s are',
                                o.status, w.wanted, coalesce(h.held, 0))
        FROM orders_order o
        JOIN (SELECT l.order_id, sum(l.quantity - l.shipped_quantity) AS wanted FROM orders_orderline l
              GROUP BY l.order_id) w ON w.order_id = o.id
        LEFT JOIN (SELECT r.reference, sum(r.quantity - r.consumed - r.released) AS held
                   FROM catalog_reservation r GROUP BY r.reference) h ON h.reference = o.number
        WHERE coalesce(h.held, 0)
          <> CASE WHEN o.status IN ('closed', 'refunded') THEN 0 ELSE w.wanted END""",
    "commitment": """
        SELECT DISTINCT o.number, format('%%s with a reservation %%s', o.status, r.state)
        FROM orders_order o JOIN catalog_reservation r ON r.reference = o.number
        WHERE r.state = CASE WHEN o.payment_status = 'unpaid' THEN 'committed' ELSE 'held' END""",
    "timeline": """
        SELECT o.number, format('%%s, but the timeline ends with %%s', o.status, e.to_status)
        FROM orders_order o LEFT JOIN LATERAL (
            SELECT to_status FROM orders_orderevent WHERE order_id = o.id AND to_status <> ''
            ORDER BY id DESC LIMIT 1) e ON true
        WHERE o.status IS DISTINCT FROM e.to_status""",
    "stuck_unpaid": """
        SELECT o.number, format('to be paid until %%s', o.expires_at) FROM orders_order o
        WHERE o.status = 'pending_payment' AND o.expires_at < %(late)s""",
}


def audit_orders() -> Iterator[Finding]:
    """Yield every contradiction and every order that has been left behind."""
    parameters: dict[str, str | datetime] = {"kind": KIND, "late": clock.now() - PATIENCE}
    for kind, query in _DRIFT.items():
        with connection.chunked_cursor() as cursor:
            cursor.execute(query, parameters)
            while rows := cursor.fetchmany(_BATCH):
                yield from (Finding(kind, number, detail) for number, detail in rows)
