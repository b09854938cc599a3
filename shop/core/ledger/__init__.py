"""Ledger kit: balances that only ever change by an appended entry.

A kind of account is a pair of concrete models and one registered ``Ledger``::

    class CashAccount(LedgerAccount):
        FLOOR = None
        class Meta:
            constraints = floor_constraints(FLOOR, "cash_account")

    class CashEntry(LedgerEntry):
        account = models.ForeignKey(CashAccount, on_delete=models.PROTECT, db_index=False)
        class Meta:
            constraints = entry_constraints("cash_entry")
            indexes = entry_indexes("cash_entry")

    CASH = Ledger(CashAccount, CashEntry, "cash")

and its migration adds ``append_only("app_cashentry")`` after creating the tables.
"""

from shop.core.ledger.audit import Drift, audit_ledgers
from shop.core.ledger.posting import Ledger, Posting, registered_ledgers
from shop.core.ledger.tables import (
    LedgerAccount,
    LedgerEntry,
    append_only,
    entry_constraints,
    entry_indexes,
    floor_constraints,
)

__all__ = [
    "Drift",
    "Ledger",
    "LedgerAccount",
    "LedgerEntry",
    "Posting",
    "append_only",
    "audit_ledgers",
    "entry_constraints",
    "entry_indexes",
    "floor_constraints",
    "registered_ledgers",
]
