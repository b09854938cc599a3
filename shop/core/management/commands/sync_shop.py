"""``manage.py sync_shop``: bring the database in line with what this version declares; safe to repeat."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.module_loading import import_string


class Command(BaseCommand):
    """Run after ``migrate`` on every deployment: permissions and roles, schedules, each app's own steps."""

    help = "Write permissions, ready roles, schedules and other declared rows (SHOP_SYNC_STEPS)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run every step in order; the first that fails stops the command."""
        for path in settings.SHOP_SYNC_STEPS:
            said = import_string(path)()
            self.stdout.write(f"{path}: {said if said is not None else 'done'}")
