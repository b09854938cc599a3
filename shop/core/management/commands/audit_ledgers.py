"""``manage.py audit_ledgers``: recompute every balance; exit 1 when one does not add up."""

import sys
from itertools import chain, islice
from typing import Any

from django.core.management.base import BaseCommand

from shop.core.ledger import Drift, audit_ledgers, registered_ledgers

_COLUMNS = ("ledger", "account", "balance", "sum of entries", "broken entries", "first broken entry")


class Command(BaseCommand):
    """Report drift as a table; never repair it."""

    help = "Recompute every ledger balance from its entries. Exits with 1 when something does not add up."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the accounts that drifted, as they are found."""
        drifts = audit_ledgers()
        first = list(islice(drifts, 1))
        if not first:
            self.stdout.write(f"{len(registered_ledgers())} ledgers add up.")
            return
        self.stdout.write("  ".join(name.rjust(18) for name in _COLUMNS))
        count = 0
        for drift in chain(first, drifts):
            self.stdout.write("  ".join(cell.rjust(18) for cell in _cells(drift)))
            count += 1
        self.stderr.write(f"{count} accounts drifted.")
        sys.exit(1)


def _cells(drift: Drift) -> list[str]:
    numbers = (drift.account_id, drift.balance, drift.sum_of_entries, drift.broken_entries)
    return [drift.ledger, *map(str, numbers), str(drift.first_broken_entry or "-")]
