"""``manage.py audit_cards``: exit 1 when cards, payments and gifts do not tell the same story."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from members.cards.audit import audit_cards


class Command(BaseCommand):
    """Prints every contradiction between card purchases, payments, periods, gifts and codes."""

    help = "Compare card purchases with payments, periods and gifts; exit 1 on drift."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for finding in audit_cards():
            self.stdout.write(f"{finding.kind} {finding.number}: {finding.detail}")
            found += 1
        if found:
            self.stderr.write(f"{found} contradictions found.")
            sys.exit(1)
        self.stdout.write("Cards are consistent.")
