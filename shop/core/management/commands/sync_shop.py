"""``manage.py sync_shop``: bring the database in line with what this version declares; safe to repeat."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.utils.module_loading import import_string


class Command(BaseCommand):
    """Run after ``migrate`` on every deployment: permissions and roles, schedules, each app's own steps."""

    help = "Write permissions, ready roles, schedules and other declared rows (SHOP_SYNC_STEPS)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what else to do in the same process: Django's start is most of a small step."""
        parser.add_argument("--migrate", action="store_true", help="Run migrate before everything else.")
        parser.add_argument("--demo", action="store_true", help="Run load_demo after everything else.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run every step in order; the first that fails stops the command."""
        if options["migrate"]:
            call_command("migrate", interactive=False, stdout=self.stdout, skip_checks=options["skip_checks"])
        for path in settings.SHOP_SYNC_STEPS:
            said = import_string(path)()
            self.stdout.write(f"{path}: {said if said is not None else 'done'}")
        if options["demo"]:
            call_command("load_demo", stdout=self.stdout, skip_checks=options["skip_checks"])
