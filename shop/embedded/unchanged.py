"""What a start needs not do again: prints of the code, the static files and the database's migrations."""

import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path

import psycopg2

from shop.embedded.environment import CHECKOUT


def static_print() -> str:
    """Change when a locked dependency or one of our own static files changes."""
    folders = [*CHECKOUT.glob("*/static"), *CHECKOUT.glob("shop/*/static")]
    ours = [folder for folder in folders if folder.parent.name not in ("var", ".venv")]
    return _print(path for folder in ours for path in folder.rglob("*"))


def prepared_print(database_url: str) -> str | None:
    """Change when a database may lack something of this version: tables, roles, schedules, first rows.

    Stands for the code, the locked dependencies, and which migrations the database says it has had and when:
    a database that was restored or exchanged is another. ``None`` while it has had none or cannot be asked;
    whatever hinders asking will hinder migrating, which says what it is.
    """
    try:
        connection = psycopg2.connect(database_url, connect_timeout=3)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*), max(id), max(applied) FROM django_migrations")
                applied = cursor.fetchone()
        finally:
            connection.close()
    except psycopg2.Error:
        return None
    packages = [path.parent for path in CHECKOUT.glob("*/__init__.py")]
    return f"{_print(path for package in packages for path in package.rglob('*.py'))} {applied}"


def _print(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256((CHECKOUT / "requirements.lock").read_bytes() + sys.version.encode())
    for path in sorted(path for path in paths if path.is_file()):
        status = path.stat()
        digest.update(f"{path.relative_to(CHECKOUT)} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
