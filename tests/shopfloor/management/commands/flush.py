"""``flush``, as Django's own test cases call it after each test that commits, in a twentieth of its time.

Django's truncates every table there is and writes content types and permissions anew. This one empties the
tables that hold rows, and leaves those two alone as long as they are as ``migrate`` makes them.
"""

from functools import cache
from typing import Any

from django.apps import apps
from django.contrib.auth.management import _get_all_permissions  # type: ignore[attr-defined]
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.commands import flush
from django.db import connection, transaction

_KEPT = ("django_migrations", ContentType._meta.db_table, Permission._meta.db_table)


class Command(flush.Command):
    """Falls back on Django's own where more is asked for, or the shortcut is not open to us."""

    def handle(self, **options: Any) -> None:
        """Empty the database."""
        if options.get("reset_sequences") or not _may_skip_triggers() or not _has_only_what_migrate_made():
            super().handle(**options)
            return
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_rows_in())
            filled = [table for (table,) in cursor.fetchall()]
            # Neither foreign keys nor ledgers that refuse to forget stand in the way of this.
            emptied = "".join(f'DELETE FROM "{table}";' for table in filled)  # noqa: S608  names of our tables
            cursor.execute(f"SET LOCAL session_replication_role = replica; {emptied}")


@cache
def _rows_in() -> str:
    """Return a statement that names the tables that hold rows."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    ours = sorted(set(tables) - set(_KEPT))
    looks = (f"""SELECT '{table}' WHERE EXISTS (SELECT FROM "{table}")""" for table in ours)  # noqa: S608
    return " UNION ALL ".join(looks)


@cache
def _may_skip_triggers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SHOW is_superuser")
        return bool(cursor.fetchone() == ("on",))


@cache
def _made_by_migrate() -> tuple[int, int]:
    models = apps.get_models()
    return len(models), sum(len(_get_all_permissions(model._meta)) for model in models)


def _has_only_what_migrate_made() -> bool:
    return (ContentType.objects.count(), Permission.objects.count()) == _made_by_migrate()
