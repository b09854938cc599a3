"""Do wallets, payments and recharges tell the same story? Changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from members.wallet.services.recharges import KIND

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """One contradiction: what kind, under which number, and both sides of it."""

    kind: str
    number: str
    detail: str


# Each query returns (number, detail) of what does not add up, and reads one snapshot.
_DRIFT: dict[str, str] = {
    "spend_entries": """
        SELECT coalesce(s.payment_number, e.reference), format('split %%s + %%s, entries %%s + %%s',
               s.principal, s.gift, e.principal, e.gift)
        FROM members_walletspend s
        FULL JOIN (
            SELECT reference, sum(principal) AS principal, sum(gift) AS gift FROM (
                SELECT reference, -amount AS principal, 0 AS gift FROM members_walletprincipalentry
                WHERE reason = 'payment'
                UNION ALL
                SELECT reference, 0, -amount FROM members_walletgiftentry WHERE reason = 'payment') x
            GROUP BY reference) e ON e.reference = s.payment_number
        WHERE (s.principal, s.gift) IS DISTINCT FROM (e.principal, e.gift)""",
    "refund_entries": """
        SELECT coalesce(s.payment_number, e.memo), format('returned %%s + %%s, entries %%s + %%s',
               s.returned_principal, s.returned_gift, e.principal, e.gift)
        FROM members_walletspend s
        FULL JOIN (
            SELECT memo, sum(principal) AS principal, sum(gift) AS gift FROM (
                SELECT memo, amount AS principal, 0 AS gift FROM members_walletprincipalentry
                WHERE reason = 'refund'
                UNION ALL
                SELECT memo, 0, amount FROM members_walletgiftentry WHERE reason = 'refund') x
            GROUP BY memo) e ON e.memo = s.payment_number
        WHERE (s.returned_principal, s.returned_gift)
          IS DISTINCT FROM (coalesce(e.principal, 0), coalesce(e.gift, 0))""",
    "payment": """
        SELECT coalesce(s.payment_number, p.number), format(
               'split %%s, received %%s; returned %%s, refunded %%s',
               s.principal + s.gift, p.captured, s.returned_principal + s.returned_gift, p.refunded)
        FROM members_walletspend s
        FULL JOIN (SELECT * FROM payments_payment WHERE method = 'wallet' AND state = 'paid') p
          ON p.number = s.payment_number
        WHERE (s.principal + s.gift, s.returned_principal + s.returned_gift, s.member_id)
          IS DISTINCT FROM (p.captured, p.refunded, p.member_id)""",
    "recharge_entries": """
        SELECT coalesce(r.number, e.reference), format('recharge %%s, credited %%s', r.amount, e.amount)
        FROM (SELECT * FROM members_recharge WHERE paid_at IS NOT NULL) r
        FULL JOIN (SELECT account_id, reference, amount FROM members_walletprincipalentry
                   WHERE reason = 'recharge') e ON e.reference = r.number AND e.account_id = r.member_id
        WHERE r.amount IS DISTINCT FROM e.amount""",
    "recharge_gift_entries": """
        SELECT r.number, format('gift %%s + %%s, credited %%s', r.gift_money, r.opening_gift,
                                coalesce(sum(e.amount), 0))
        FROM members_recharge r
        LEFT JOIN members_walletgiftentry e ON e.account_id = r.member_id
          AND ((e.reason = 'recharge_gift' AND e.reference = r.number)
               OR (e.reason = 'opening_gift' AND e.memo = r.number))
        WHERE r.paid_at IS NOT NULL
        GROUP BY r.id HAVING coalesce(sum(e.amount), 0) <> r.gift_money + r.opening_gift""",
    "recharge_payment": """
        SELECT coalesce(r.number, p.payable_number), format('%%s with %%s, kept %%s',
               r.state, r.amount, p.captured)
        FROM (SELECT * FROM members_recharge WHERE paid_at IS NOT NULL) r
        FULL JOIN (SELECT * FROM payments_payment
                   WHERE payable_kind = %(kind)s AND disposition = 'kept') p ON p.payable_number = r.number
        WHERE r.amount IS DISTINCT FROM p.captured""",
    "recharge_refund": """
        SELECT r.number, format('paid back %%s, promised %%s, taken out %%s',
                                r.refunded, p.refund_committed, coalesce(e.amount, 0))
        FROM members_recharge r
        JOIN payments_payment p ON p.payable_kind = %(kind)s AND p.payable_number = r.number
          AND p.disposition = 'kept'
        LEFT JOIN (SELECT reference, -sum(amount) AS amount FROM members_walletprincipalentry
                   WHERE reason IN ('recharge_refund', 'gift_deduction') GROUP BY reference) e
          ON e.reference = r.number
        WHERE coalesce(e.amount, 0) <> r.refunded + r.gift_deducted
          OR (p.refund_committed <> r.refunded AND NOT EXISTS (
                SELECT 1 FROM payments_refund f WHERE f.payment_id = p.id AND f.state = 'abandoned'))""",
}


def audit_wallet() -> Iterator[Finding]:
    """Yield every contradiction; that entries sum up to balances is for ``audit_ledgers``."""
    for kind, query in _DRIFT.items():
        with connection.chunked_cursor() as cursor:
            cursor.execute(query, {"kind": KIND})
            while rows := cursor.fetchmany(_BATCH):
                yield from (Finding(kind, number, detail) for number, detail in rows)
