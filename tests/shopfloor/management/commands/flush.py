"""``flush``, as Django's own test cases call it after each test that commits, in a twentieth of its time.

Django's truncates every table there is and writes content types and permissions anew. This one empties the
tables that hold rows, and leaves of those two what ``migrate`` makes, as long as nothing of that is missing.
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
        if options.get("reset_sequences") or not _may_skip_triggers() or not _has_what_migrate_made():
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
def _made_by_migrate() -> tuple[int, frozenset[tuple[str, str, str]]]:
    """Return how many content types there are, and each permission's app, model and codename."""
    models = [model._meta for model in apps.get_models()]
    permissions = (
        (meta.app_label, meta.model_name or "", codename)
        for meta in models
        for codename, _title in _get_all_permissions(meta)
    )
    return len(models), frozenset(permissions)


def _has_what_migrate_made() -> bool:
    """Whether content types and permissions are as migrated, now that what came in addition is gone."""
    types, permissions = _made_by_migrate()
    if ContentType.objects.count() != types:
        return False
    if Permission.objects.count() == len(permissions):
        return True
    rows = Permission.objects.values_list("pk", "content_type__app_label", "content_type__model", "codename")
    found = {(app, model, codename): pk for pk, app, model, codename in rows.order_by()}
    with transaction.atomic(), connection.cursor() as cursor:
        # As below: groups and people that were given these go in a moment, in whatever order.
        cursor.execute("SET LOCAL session_replication_role = replica")
        more = [pk for key, pk in found.items() if key not in permissions]
        cursor.execute("DELETE FROM auth_permission WHERE id = ANY(%s)", [more])
    return permissions <= found.keys()
