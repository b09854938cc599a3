"""``manage.py audit_wallet``: exit 1 when wallets, payments and recharges do not tell the same story."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from members.wallet.audit import audit_wallet


class Command(BaseCommand):
    """Prints every contradiction between wallet entries, splits, payments and recharges."""

    help = "Compare wallet entries with splits, payments and recharges; exit 1 on drift."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for finding in audit_wallet():
            self.stdout.write(f"{finding.kind} {finding.number}: {finding.detail}")
            found += 1
        if found:
            self.stderr.write(f"{found} contradictions found.")
            sys.exit(1)
        self.stdout.write("Wallets are consistent.")
