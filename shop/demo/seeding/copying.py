"""Writing rows by COPY, and the indexes and keys that are set aside meanwhile."""

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection

_PORTION = 20_000
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def cell(value: Any) -> str:
    """Return a value as COPY reads it in its text format (PostgreSQL manual, "COPY", file formats)."""
    kind = type(value)
    if kind is int:
        return str(value)
    if value is None:
        return "\\N"
    if kind is bool:
        return "t" if value else "f"
    if kind is datetime:
        return str(value.isoformat())
    text = str(value)
    return _SPECIAL.sub(lambda found: _ESCAPES[found.group()], text) if _SPECIAL.search(text) else text


class Copier:
    """Collects rows of several tables and writes each table's portion when it is full.

    ``columns`` maps a table to its columns, in the order in which ``add`` is given the values.
    """

    def __init__(self, columns: Mapping[str, tuple[str, ...]]) -> None:
        self._columns = columns
        self._lines: dict[str, list[str]] = {table: [] for table in columns}
        self.written: dict[str, int] = dict.fromkeys(columns, 0)

    def add(self, table: str, *values: Any) -> None:
        """Add a row."""
        lines = self._lines[table]
        lines.append("\t".join(map(cell, values)))
        if len(lines) >= _PORTION:
            self._flush(table)

    def finish(self, *tables: str) -> None:
        """Write what is left, of all tables unless some are named."""
        for table in tables or self._columns:
            self._flush(table)

    def _flush(self, table: str) -> None:
        lines = self._lines[table]
        if not lines:
            return
        columns = ", ".join(f'"{name}"' for name in self._columns[table])
        with connection.cursor() as cursor:
            content = io.StringIO("\n".join(lines) + "\n")
            cursor.cursor.copy_expert(f'COPY "{table}" ({columns}) FROM STDIN', content)
        self.written[table] += len(lines)
        lines.clear()


def next_id(table: str) -> int:
    """Return the first id that is free in a table."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT coalesce(max(id), 0) + 1 FROM "{table}"')  # noqa: S608  our own tables
        return int(cursor.fetchone()[0])


def advance_sequences(tables: Iterable[str]) -> None:
    """Let the sequences of tables go on after the highest id."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
            (sequence,) = cursor.fetchone()
            cursor.execute(
                f'SELECT setval(%s, (SELECT greatest(max(id), 1) FROM "{table}"))',  # noqa: S608
                [sequence],
            )


class SetAside:
    """Indexes and keys of tables, dropped so that COPY need not keep them up, and how to make them again.

    Everything happens in the caller's transaction: should it fail, nothing was ever gone. Building an index
    or checking a key for the whole table at once takes a fraction of doing it row by row.
    """

    def __init__(self, tables: Iterable[str]) -> None:
        names = list(tables)
        self._keys = list(_query(_KEYS, names))
        self._indexes = list(_query(_INDEXES, names))
        with connection.cursor() as cursor:
            for table, name, _definition in self._keys:
                cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
            for _table, name, _definition in self._indexes:
                cursor.execute(f'DROP INDEX "{name}"')

    def restore_indexes(self) -> None:
        """Make the indexes again."""
        with connection.cursor() as cursor:
            for _table, _name, definition in self._indexes:
                cursor.execute(definition)

    def restore_keys(self) -> None:
        """Make the foreign and unique keys again; PostgreSQL checks every row now."""
        with connection.cursor() as cursor:
            for table, name, definition in sorted(self._keys, key=lambda row: "FOREIGN" in row[2]):
                cursor.execute(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition}')


@contextmanager
def roomy_session() -> Iterator[None]:
    """Give this transaction memory to sort with, and no patience for locks."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL lock_timeout = '10s'")
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL maintenance_work_mem = '192MB'")
        cursor.execute("SET LOCAL synchronous_commit = off")
    yield


# Foreign keys and unique constraints; primary keys stay, because other tables lean on them.
_KEYS = """
SELECT class.relname, con.conname, pg_get_constraintdef(con.oid)
FROM pg_constraint AS con JOIN pg_class AS class ON class.oid = con.conrelid
WHERE class.relname = ANY(%s) AND class.relnamespace = current_schema()::regnamespace
  AND con.contype IN ('f', 'u')
ORDER BY 1, 2
"""

# Indexes that no constraint owns.
_INDEXES = """
SELECT class.relname, idx.relname, pg_get_indexdef(idx.oid)
FROM pg_index AS i JOIN pg_class AS class ON class.oid = i.indrelid
JOIN pg_class AS idx ON idx.oid = i.indexrelid
WHERE class.relname = ANY(%s) AND class.relnamespace = current_schema()::regnamespace
  AND NOT EXISTS (SELECT 1 FROM pg_constraint AS con WHERE con.conindid = i.indexrelid)
ORDER BY 1, 2
"""


def _query(query: str, tables: list[str]) -> list[tuple[str, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(query, [tables])
        return list(cursor.fetchall())
