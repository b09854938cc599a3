"""``manage.py audit_rewards``: exit 1 when rewards and ledgers do not tell the same story."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from members.rewards.audit import audit_rewards


class Command(BaseCommand):
    """Prints every contradiction between check-ins, invitations, tasks and what was posted for them."""

    help = "Compare check-ins, invitations and tasks with what was posted for them; exit 1 on drift."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for finding in audit_rewards():
            self.stdout.write(f"{finding.kind} {finding.number}: {finding.detail}")
            found += 1
        if found:
            self.stderr.write(f"{found} contradictions found.")
            sys.exit(1)
        self.stdout.write("Rewards are consistent.")
