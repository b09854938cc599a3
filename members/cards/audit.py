"""Do cards, their payments, periods and gifts tell the same story? Changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from members.cards.services.purchases import KIND

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """One contradiction: what kind, under which number, and both sides of it."""

    kind: str
    number: str
    detail: str


# Each query returns (number, detail) of what does not add up, and reads one snapshot.
_DRIFT: dict[str, str] = {
    "period": """
        SELECT coalesce(c.number, p.reference), format('%%s with %%s periods', c.state, count(p.id))
        FROM (SELECT * FROM members_cardpurchase WHERE paid_at IS NOT NULL) c
        FULL JOIN (SELECT * FROM members_membercardperiod WHERE source = 'purchase') p
          ON p.reference = c.number AND p.member_id = c.member_id
        GROUP BY c.number, p.reference, c.state HAVING count(p.id) <> 1 OR c.number IS NULL""",
    "payment": """
        SELECT coalesce(c.number, p.payable_number), format('%%s with %%s, kept %%s',
               c.state, c.amount, p.captured)
        FROM (SELECT * FROM members_cardpurchase
              WHERE paid_at IS NOT NULL AND order_number = '' AND amount > 0) c
        FULL JOIN (SELECT * FROM payments_payment
                   WHERE payable_kind = %(kind)s AND disposition = 'kept') p ON p.payable_number = c.number
        WHERE c.amount IS DISTINCT FROM p.captured""",
    "gift": """
        SELECT c.number, format('gift %%s, posted %%s', c.gift_money, coalesce(sum(e.amount), 0))
        FROM members_cardpurchase c
        LEFT JOIN members_walletgiftentry e ON e.account_id = c.member_id AND e.reference = c.number
          AND e.reason IN ('card_opening_gift', 'card_renewal_gift', 'card_trial_gift')
        GROUP BY c.id
        HAVING coalesce(sum(e.amount), 0) <> CASE WHEN c.paid_at IS NULL THEN 0 ELSE c.gift_money END""",
    "gift_back": """
        SELECT c.number, format('gift taken %%s, posted %%s', c.gift_taken, coalesce(-sum(e.amount), 0))
        FROM members_cardpurchase c
        LEFT JOIN members_walletgiftentry e ON e.account_id = c.member_id AND e.reference = c.number
          AND e.reason = 'card_gift_back'
        GROUP BY c.id HAVING coalesce(-sum(e.amount), 0) <> c.gift_taken""",
    "refund": """
        SELECT c.number, format('paid back %%s, promised %%s', c.refunded, coalesce(sum(r.amount), 0))
        FROM members_cardpurchase c
        LEFT JOIN payments_payment p ON p.payable_number =
          CASE WHEN c.order_number = '' THEN c.number ELSE c.order_number END
        LEFT JOIN payments_refund r ON r.payment_id = p.id AND r.state NOT IN ('replaced', 'abandoned')
          AND r.reference = 'card:' || c.number
        GROUP BY c.id HAVING coalesce(sum(r.amount), 0) > c.refunded
          OR (coalesce(sum(r.amount), 0) < c.refunded AND NOT EXISTS (
                SELECT 1 FROM payments_refund f JOIN payments_payment q ON q.id = f.payment_id
                WHERE f.reference = 'card:' || c.number AND f.state = 'abandoned'))""",
    "code": """
        SELECT k.id::text, format('code redeemed %%s, periods %%s', k.redeemed_at, count(p.id))
        FROM members_cardcode k
        LEFT JOIN members_membercardperiod p ON p.source = 'code' AND p.reference = k.id::text
        GROUP BY k.id HAVING count(p.id) <> CASE WHEN k.redeemed_at IS NULL THEN 0 ELSE 1 END""",
    "overlap": """
        SELECT p.id::text, format('runs while %%s of the same series does', q.id)
        FROM members_membercardperiod p
        JOIN members_membercardperiod q ON q.member_id = p.member_id AND q.series = p.series AND q.id > p.id
        WHERE p.ended_at IS NULL AND q.ended_at IS NULL
          AND p.starts_at < coalesce(q.ends_at, 'infinity')
          AND q.starts_at < coalesce(p.ends_at, 'infinity')""",
}


def audit_cards() -> Iterator[Finding]:
    """Yield every contradiction."""
    for kind, query in _DRIFT.items():
        with connection.chunked_cursor() as cursor:
            cursor.execute(query, {"kind": KIND})
            while rows := cursor.fetchmany(_BATCH):
                yield from (Finding(kind, number, detail) for number, detail in rows)
