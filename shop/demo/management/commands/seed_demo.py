"""``manage.py seed_demo --products N --members N --orders N``: a big shop to look at and to measure."""

import argparse
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shop.demo.seeding.run import NotADemo, Size, refuse_real_shop, seed_shop


class Command(BaseCommand):
    """Write products, members and a year of orders by COPY; every audit stays clean."""

    help = "Make a big demonstration shop. Refuses a shop that has orders or goods of its own."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--products", type=_amount, default=10_000)
        parser.add_argument("--members", type=_amount, default=10_000)
        parser.add_argument("--orders", type=_amount, default=100_000)
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same shop")
        parser.add_argument("--force", action="store_true", help="add to a shop that is in use: never undone")

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed, and say how long it took."""
        if not options["force"]:
            try:
                refuse_real_shop()
            except NotADemo as refusal:
                text = f"{refusal} Seeding adds to it and cannot be undone; --force does it nevertheless."
                raise CommandError(text) from refusal
        size = Size(options["products"], options["members"], options["orders"])
        started = time.monotonic()

        def say(text: str) -> None:
            self.stdout.write(f"{time.monotonic() - started:7.1f} s  {text}")

        written = seed_shop(size, seed=options["seed"], say=say)
        say(f"{sum(written.values())} rows in {len(written)} tables")


def _amount(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 10_000_000:
        raise argparse.ArgumentTypeError("between 1 and 10000000")
    return number
