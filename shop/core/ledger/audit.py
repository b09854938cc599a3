"""Recompute every balance from its entries, in the database, and name what does not add up."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection

from shop.core.ledger.posting import registered_ledgers

if TYPE_CHECKING:
    from shop.core.ledger.posting import Ledger

_FETCH = 500

# One pass over the entries in the order of their chain. An entry is broken when it does not start where the
# one before it ended; what an account holds must be the sum of its amounts.
_DRIFT = """
SELECT account.id, account.balance, coalesce(total.amount, 0), coalesce(total.broken, 0), total.first_broken
FROM {account} AS account
LEFT JOIN (
    SELECT account_id,
           sum(amount) AS amount,
           count(*) FILTER (WHERE broken) AS broken,
           min(id) FILTER (WHERE broken) AS first_broken
    FROM (
        SELECT account_id, id, amount,
               balance_after - amount <> coalesce(lag(balance_after) OVER chain, 0) {below} AS broken
        FROM {entry}
        WINDOW chain AS (PARTITION BY account_id ORDER BY id)
    ) AS step
    GROUP BY account_id
) AS total ON total.account_id = account.id
WHERE account.balance <> coalesce(total.amount, 0) OR coalesce(total.broken, 0) > 0 {floor}
ORDER BY account.id
"""


@dataclass(frozen=True)
class Drift:
    """An account whose stored balance, entries or floor do not agree."""

    ledger: str
    account_id: int
    balance: int
    sum_of_entries: int
    broken_entries: int
    first_broken_entry: int | None


def _drift_query(ledger: "Ledger") -> str:
    floor = ledger.account_model.FLOOR
    return _DRIFT.format(
        account=connection.ops.quote_name(ledger.account_model._meta.db_table),
        entry=connection.ops.quote_name(ledger.entry_model._meta.db_table),
        below="" if floor is None else f"OR balance_after < {floor:d}",
        floor="" if floor is None else f"OR account.balance < {floor:d}",
    )


def audit_ledgers() -> Iterator[Drift]:
    """Yield every account that drifted, ledger by ledger; changes nothing and locks nothing.

    Each ledger is read by one statement, hence from one snapshot: it may run while the shop is open.
    """
    for _name, ledger in sorted(registered_ledgers().items()):
        with connection.chunked_cursor() as cursor:
            cursor.execute(_drift_query(ledger))
            while rows := cursor.fetchmany(_FETCH):
                for account_id, balance, total, broken, first_broken in rows:
                    yield Drift(ledger.name, account_id, balance, int(total), broken, first_broken)
