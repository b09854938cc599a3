"""``manage.py audit_stock``: recompute every stock row; exit 1 when one does not add up."""

import sys
from dataclasses import astuple, fields
from itertools import chain, islice
from typing import Any

from django.core.management.base import BaseCommand

from catalog.models import Stock
from catalog.queries.stock_audit import StockDrift, audit_stock


class Command(BaseCommand):
    """Report drift as a table; never repair it."""

    help = "Recompute stock from its movements and reservations. Exits with 1 when something does not add up."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the stock rows that drifted, as they are found."""
        drifts = audit_stock()
        first = list(islice(drifts, 1))
        if not first:
            self.stdout.write(f"{Stock.objects.count()} stock rows add up.")
            return
        names = [field.name for field in fields(StockDrift)]
        self.stdout.write("  ".join(names))
        count = 0
        for drift in chain(first, drifts):
            cells = ["-" if cell is None else str(cell) for cell in astuple(drift)]
            self.stdout.write(
                "  ".join(cell.rjust(len(name)) for cell, name in zip(cells, names, strict=True))
            )
            count += 1
        self.stderr.write(f"{count} stock rows drifted.")
        sys.exit(1)
