"""Recompute every balance from its entries, in the database, and name what does not add up."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection

from shop.core.ledger.posting import registered_ledgers

if TYPE_CHECKING:
    from shop.core.ledger.posting import Ledger

_FETCH = 500

# An entry is broken when it does not start where the one before it ended, and what an account holds must be
# the sum of its amounts. One pass and no join: whatever the planner believes about the tables (nothing at
# all, after a restore), there is only one way to run this.
_DRIFT = """
SELECT account_id,
       sum(balance),
       sum(amount),
       count(*) FILTER (WHERE broken),
       min(entry_id) FILTER (WHERE broken)
FROM (
    SELECT id AS account_id, balance, 0 AS amount, NULL::bigint AS entry_id, false AS broken
    FROM {account}
    UNION ALL
    SELECT account_id, 0, amount, id,
           balance_after - amount <> coalesce(lag(balance_after) OVER chain, 0) {below}
    FROM {entry}
    WINDOW chain AS (PARTITION BY account_id ORDER BY id)
) AS step
GROUP BY account_id
HAVING sum(balance) <> sum(amount) OR bool_or(broken) {floor}
ORDER BY account_id
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
        floor="" if floor is None else f"OR sum(balance) < {floor:d}",
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
                    yield Drift(ledger.name, account_id, int(balance), int(total), broken, first_broken)
