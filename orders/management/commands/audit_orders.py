"""``manage.py audit_orders``: exit 1 when orders, payments and stock do not tell the same story."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from orders.audit import audit_orders


class Command(BaseCommand):
    """Prints every contradiction between orders, lines, payments, reservations and timelines."""

    help = "Compare orders with their lines, payments, reservations and timelines; exit 1 on drift."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for finding in audit_orders():
            self.stdout.write(f"{finding.kind} {finding.number}: {finding.detail}")
            found += 1
        if found:
            self.stderr.write(f"{found} contradictions found.")
            sys.exit(1)
        self.stdout.write("Orders are consistent.")
