"""The migrated database that every worker's test database is a copy of.

It is made once in a run, by a process of its own, while the workers still collect; a worker waits for it when
its first test wants a database. `CREATE DATABASE ... TEMPLATE` takes a second where migrating takes twenty.
"""

import fcntl
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg2
from psycopg2 import sql

DATABASE = "test_ground"
_UNFINISHED = f"{DATABASE}_unfinished"
PLACE = "SHOP_TEST_GROUND"
"""Names the directory of a run that makes one."""
_ROOT = Path(__file__).resolve().parent.parent


def start_ground(directory: Path) -> subprocess.Popen[bytes]:
    """Begin to make it on the run's own server; processes that are started from now on know of it."""
    log, lock = directory / "ground.log", directory / "ground.lock"
    os.environ[PLACE] = str(directory)
    # The lock is the child's as soon as it lives, and free when it has ended, however it ended.
    with log.open("wb") as output, lock.open("wb") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        return subprocess.Popen(
            [sys.executable, "-m", "tests.ground"],
            cwd=_ROOT,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
            stdout=output,
            stderr=output,
            pass_fds=(handle.fileno(),),
        )


def awaited_ground() -> str | None:
    """Wait until it is there and return its name; None in a run that makes none.

    Raises RuntimeError with what the making said when it failed.
    """
    place = os.environ.get(PLACE)
    if not place:
        return None
    with (Path(place) / "ground.lock").open("rb") as handle:
        fcntl.flock(handle, fcntl.LOCK_SH)
    if not _exists(DATABASE):
        said = (Path(place) / "ground.log").read_text(errors="replace")
        raise RuntimeError(f"the database to copy was not made:\n{said[-3000:]}")
    return DATABASE


def main() -> None:
    _administer(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_UNFINISHED)))
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = _UNFINISHED
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", interactive=False, verbosity=0)
    connection.close()
    # Under its name it is always a complete one.
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    _administer(rename.format(sql.Identifier(_UNFINISHED), sql.Identifier(DATABASE)))


def _exists(name: str) -> bool:
    with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


def _administer(statement: sql.Composed) -> None:
    with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)


if __name__ == "__main__":
    main()
