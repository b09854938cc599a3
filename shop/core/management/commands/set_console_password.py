"""``manage.py set_console_password``: give the console's owner the password in SHOP_ADMIN_PASSWORD."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shop.core.errors import NotFound
from shop.core.owner import set_owner_password


class Command(BaseCommand):
    """What ``make up`` runs when it is given a password for a shop that exists."""

    help = "Give the owner SHOP_ADMIN_USER (admin) the password SHOP_ADMIN_PASSWORD."

    def handle(self, *args: Any, **options: Any) -> None:
        """Set it; the same password again changes nothing."""
        password = os.environ.get("SHOP_ADMIN_PASSWORD")
        if not password:
            raise CommandError("SHOP_ADMIN_PASSWORD is empty.")
        try:
            changed = set_owner_password(name=os.environ.get("SHOP_ADMIN_USER") or "admin", password=password)
        except NotFound as error:
            raise CommandError(str(error.detail)) from error
        self.stdout.write("Password changed." if changed else "Password unchanged.")
