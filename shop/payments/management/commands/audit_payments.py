"""``manage.py audit_payments``: exit 1 when money and rows do not tell the same story."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from shop.payments.audit import audit_payments


class Command(BaseCommand):
    """Prints every contradiction between payments, refunds, transfers and the cash ledger."""

    help = "Compare payments, attempts, refunds and transfers with the cash ledger; exit 1 on drift."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for finding in audit_payments():
            self.stdout.write(f"{finding.kind} {finding.number}: {finding.detail}")
            found += 1
        if found:
            self.stderr.write(f"{found} contradictions found.")
            sys.exit(1)
        self.stdout.write("Payments are consistent.")
