"""Two concrete ledgers: a purse that cannot be overdrawn and a till that can."""

from django.db import models

from shop.core.ledger import (
    Ledger,
    LedgerAccount,
    LedgerEntry,
    entry_constraints,
    entry_indexes,
    floor_constraints,
)


class PurseAccount(LedgerAccount):
    FLOOR = 0

    class Meta:
        constraints = floor_constraints(0, "purse_account")


class PurseEntry(LedgerEntry):
    account = models.ForeignKey(
        PurseAccount, on_delete=models.PROTECT, related_name="entries", db_index=False
    )

    class Meta:
        constraints = entry_constraints("purse_entry")
        indexes = entry_indexes("purse_entry")


class TillAccount(LedgerAccount):
    FLOOR = None

    class Meta:
        constraints = floor_constraints(None, "till_account")


class TillEntry(LedgerEntry):
    account = models.ForeignKey(TillAccount, on_delete=models.PROTECT, related_name="entries", db_index=False)

    class Meta:
        constraints = entry_constraints("till_entry")
        indexes = entry_indexes("till_entry")


PURSE = Ledger(PurseAccount, PurseEntry, "test_purse")
TILL = Ledger(TillAccount, TillEntry, "test_till")
