"""``manage.py setting [NAME [VALUE]]``: show or change a setting that merchants may change."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shop.core import runtime
from shop.core.actors import Actor
from shop.core.errors import InvalidInput


class Command(BaseCommand):
    """Print one setting, or all of them, or set one. Time-outs are in seconds, money is in fen."""

    help = "Show or change a runtime setting; without a name, list them all."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare NAME and VALUE."""
        parser.add_argument("name", nargs="?", help="the setting; omit to list all")
        parser.add_argument("value", nargs="?", help="the new value; omit to print the present one")
        parser.add_argument("--reason", default="", help="why, for the audit record")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command; exit status 1 for an unknown name or a value that is refused."""
        name, new = options["name"], options["value"]
        if name is None:
            for known, present in runtime.values().items():
                self.stdout.write(f"{known} = {_text(present)}")
            return
        if name not in runtime.declared():
            raise CommandError(f"There is no setting {name!r}; `manage.py setting` lists them.")
        if new is None:
            self.stdout.write(_text(runtime.values()[name]))
            return
        try:
            stored = runtime.set_value(
                actor=Actor.system("manage.py setting"), name=name, value=new, reason=options["reason"]
            )
        except InvalidInput as error:
            raise CommandError(f"{name}: " + " ".join(str(item.detail) for item in error.errors)) from error
        self.stdout.write(f"{name} = {_text(stored)}")


def _text(value: runtime.Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
