"""``manage.py rotate_encryption``: re-encrypt under the first key of ``SHOP_ENCRYPTION_KEYS``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shop.core.crypto.rotation import rotate_encryption


class Command(BaseCommand):
    """Run after putting a new key in front of the ring; when it exits 0, the old key may be removed.

    It may be stopped at any time and started again: values under the first key are not touched.
    """

    help = "Re-encrypt every value that an older key of SHOP_ENCRYPTION_KEYS still holds."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the batch size."""
        parser.add_argument("--batch", type=int, default=500, help="rows per transaction")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate column by column; exit status 1 if a value cannot be decrypted by any key of the ring."""
        broken = 0
        for column in rotate_encryption(batch=max(1, options["batch"])):
            self.stdout.write(f"{column.place}: {column.rotated} rotated, {column.unreadable} unreadable")
            broken += column.unreadable
        if broken:
            raise CommandError(f"{broken} values cannot be decrypted; keep every old key in the ring.")
