"""Do lots, spendings, rewards, mall goods and ledgers tell the same story? Changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """One contradiction: what kind, under which number, and both sides of it."""

    kind: str
    number: str
    detail: str


# Each query returns (number, detail) of what does not add up, and reads one snapshot.
_DRIFT: dict[str, str] = {
    "lots": """
        SELECT coalesce(a.id, l.member_id)::text, format('balance %s, lots %s', a.balance, l.points)
        FROM members_pointsaccount a
        FULL JOIN (SELECT member_id, sum("left") AS points FROM members_pointslot GROUP BY member_id) l
          ON l.member_id = a.id
        WHERE coalesce(a.balance, 0) <> coalesce(l.points, 0)""",
    "lot": """
        SELECT l.id::text, format('%s, of which %s left, %s expired, %s drawn', l.amount, l."left", l.expired,
                                  coalesce(d.points, 0))
        FROM members_pointslot l
        LEFT JOIN (SELECT lot_id, sum(amount - returned) AS points FROM members_pointsdraw GROUP BY lot_id) d
          ON d.lot_id = l.id
        WHERE l.amount <> l."left" + l.expired + coalesce(d.points, 0)""",
    "spend_draws": """
        SELECT s.reference, format('spent %s, returned %s; drawn %s, returned %s', s.amount, s.returned,
                                   coalesce(sum(d.amount), 0), coalesce(sum(d.returned), 0))
        FROM members_pointsspend s LEFT JOIN members_pointsdraw d ON d.spend_id = s.id
        GROUP BY s.id
        HAVING s.amount <> coalesce(sum(d.amount), 0) OR s.returned <> coalesce(sum(d.returned), 0)""",
    "earned_entries": """
        SELECT coalesce(l.reference, e.reference), format('lot %s, entry %s', l.amount, e.amount)
        FROM members_pointslot l
        FULL JOIN (SELECT * FROM members_pointsentry WHERE amount > 0 AND reason <> 'points_returned') e
          ON e.account_id = l.member_id AND e.reason = l.source AND e.reference = l.reference
        WHERE l.amount IS DISTINCT FROM e.amount""",
    "moved": """
        SELECT m.id::text, format('spent %s, returned %s, expired %s; entries %s, %s, %s',
               coalesce(s.spent, 0), coalesce(s.returned, 0), coalesce(l.expired, 0),
               coalesce(e.spent, 0), coalesce(e.returned, 0), coalesce(e.expired, 0))
        FROM members_pointsaccount m
        LEFT JOIN (SELECT member_id, sum(amount) AS spent, sum(returned) AS returned
                   FROM members_pointsspend GROUP BY member_id) s ON s.member_id = m.id
        LEFT JOIN (SELECT member_id, sum(expired) AS expired FROM members_pointslot GROUP BY member_id) l
          ON l.member_id = m.id
        LEFT JOIN (SELECT account_id,
                          -sum(amount) FILTER (WHERE amount < 0 AND reason <> 'points_expired') AS spent,
                          sum(amount) FILTER (WHERE reason = 'points_returned') AS returned,
                          -sum(amount) FILTER (WHERE reason = 'points_expired') AS expired
                   FROM members_pointsentry GROUP BY account_id) e ON e.account_id = m.id
        WHERE (coalesce(s.spent, 0), coalesce(s.returned, 0), coalesce(l.expired, 0))
           <> (coalesce(e.spent, 0), coalesce(e.returned, 0), coalesce(e.expired, 0))""",
    "rewards": """
        SELECT r.reference, format('%s points, %s growth, credited %s, %s', r.points - r.points_reversed,
               r.growth - r.growth_reversed, coalesce(p.points, 0), coalesce(g.growth, 0))
        FROM members_pendingreward r
        LEFT JOIN (SELECT account_id, split_part(reference, ':', 1) AS reference, sum(amount) AS points
                   FROM members_pointsentry WHERE reason IN ('order', 'order_taken_back')
                   GROUP BY 1, 2) p ON p.account_id = r.member_id AND p.reference = r.reference
        LEFT JOIN (SELECT account_id, split_part(reference, ':', 1) AS reference, sum(amount) AS growth
                   FROM members_growthentry WHERE reason IN ('order', 'order_taken_back')
                   GROUP BY 1, 2) g ON g.account_id = r.member_id AND g.reference = r.reference
        WHERE coalesce(p.points, 0) <> CASE WHEN r.state = 'credited'
                THEN r.points - r.points_reversed + r.points_missing ELSE 0 END
           OR coalesce(g.growth, 0) <> CASE WHEN r.state = 'credited'
                THEN r.growth - r.growth_reversed + r.growth_missing ELSE 0 END""",
    "mall": """
        SELECT g.id::text, format('taken %s, orders %s', g.sold, coalesce(r.pieces, 0))
        FROM members_mallgoods g
        LEFT JOIN (SELECT goods_id, sum(quantity) AS pieces FROM members_redemption
                   WHERE NOT is_released GROUP BY goods_id) r ON r.goods_id = g.id
        WHERE g.sold <> coalesce(r.pieces, 0)""",
    "mall_member": """
        SELECT t.goods_id::text, format('member %s has %s, orders %s', t.member_id, t.pieces,
                                        coalesce(r.pieces, 0))
        FROM members_malltally t
        LEFT JOIN (SELECT goods_id, member_id, sum(quantity) AS pieces FROM members_redemption
                   WHERE NOT is_released GROUP BY 1, 2) r
          ON r.goods_id = t.goods_id AND r.member_id = t.member_id
        WHERE t.pieces <> coalesce(r.pieces, 0)""",
}


def audit_points() -> Iterator[Finding]:
    """Yield every contradiction; that entries sum up to balances is for ``audit_ledgers``."""
    for kind, query in _DRIFT.items():
        with connection.chunked_cursor() as cursor:
            cursor.execute(query)
            while rows := cursor.fetchmany(_BATCH):
                yield from (Finding(kind, number, detail) for number, detail in rows)
