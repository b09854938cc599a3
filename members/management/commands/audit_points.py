"""``manage.py audit_points``: exit 1 when lots, spendings, rewards and ledgers do not tell the same story."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from members.points.audit import audit_points


class Command(BaseCommand):
    """Prints every contradiction between points, their lots, orders' rewards and mall goods."""

    help = "Compare points with their lots, spendings, rewards and mall goods; exit 1 on drift."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for finding in audit_points():
            self.stdout.write(f"{finding.kind} {finding.number}: {finding.detail}")
            found += 1
        if found:
            self.stderr.write(f"{found} contradictions found.")
            sys.exit(1)
        self.stdout.write("Points are consistent.")
