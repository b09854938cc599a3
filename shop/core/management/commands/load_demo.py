"""``manage.py load_demo``: the console's owner, and each app's demonstration data; safe to repeat."""

import os
import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.module_loading import import_string


class Command(BaseCommand):
    """Make a fresh shop usable at once."""

    help = "Create the console's owner (SHOP_ADMIN_USER, SHOP_ADMIN_PASSWORD) and load demonstration data."

    def handle(self, *args: Any, **options: Any) -> None:
        """Create what is missing; what exists is left as it is."""
        self._create_owner()
        for path in settings.SHOP_DEMO_LOADERS:
            said = import_string(path)()
            self.stdout.write(f"{path}: {said if said is not None else 'done'}")

    @transaction.atomic
    def _create_owner(self) -> None:
        users = get_user_model()
        if users.objects.filter(is_superuser=True, is_active=True).exists():
            self.stdout.write("The console has an owner already.")
            return
        name = os.environ.get("SHOP_ADMIN_USER") or "admin"
        given = os.environ.get("SHOP_ADMIN_PASSWORD")
        password = given or secrets.token_urlsafe(12)
        users.objects.create_superuser(username=name, email="", password=password)
        # A password the operator chose is never printed.
        self.stdout.write(f"Console login: {name}" + ("" if given else f", password: {password}"))
