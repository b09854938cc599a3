"""Statements that PostgreSQL parses and plans once per connection, not at every call.

For the few that every order passes, planning takes longer than doing. A statement runs as it is until a
connection has seen it a few times; then it is prepared there, by SQL, and only its values are sent. The plan
does not depend on the values (``plan_cache_mode`` in the settings), so nothing belongs here whose best plan
does: no partial index that a value must prove, no column where one value is rare and another frequent.

Behind pgbouncer in transaction mode, where a statement would be prepared on somebody else's connection,
everything runs as it is.
"""

from collections.abc import Mapping, Sequence
from itertools import count
from re import compile as pattern
from typing import Any
from weakref import WeakKeyDictionary

from django.db.backends.utils import CursorWrapper

PREPARE_AT = 3
"""The use of a statement on one connection after which it is prepared there."""

MAX_LENGTH = 6_000
"""Characters; above are rows by the dozen in one statement, whose number of rows differs each time."""

MAX_STATEMENTS = 64
"""Per connection: each plan takes some ten kilobytes of its backend."""

_NAMED = pattern(r"%\((\w+)\)s")
_numbers = count(1)
_uses: "WeakKeyDictionary[Any, dict[Prepared, int]]" = WeakKeyDictionary()


class Prepared:
    """A statement with ``%s`` or ``%(name)s`` for its values, and no other ``%``."""

    __slots__ = ("_execute", "_prepare", "sql")

    def __init__(self, sql: str) -> None:
        self.sql = sql
        name = f"shop_{next(_numbers)}"
        named = list(dict.fromkeys(_NAMED.findall(sql)))
        if named:
            text = sql % {key: f"${place}" for place, key in enumerate(named, 1)}
            values = [f"%({key})s" for key in named]
        else:
            values = ["%s"] * sql.count("%s")
            text = sql % tuple(f"${place}" for place in range(1, len(values) + 1))
        self._prepare = f"PREPARE {name} AS {text}"
        self._execute = f"EXECUTE {name} ({', '.join(values)})"

    def run(
        self, cursor: CursorWrapper, values: Sequence[Any] | Mapping[str, Any], *, before: str = ""
    ) -> None:
        """Execute with these values; fetch from ``cursor`` as after ``execute``.

        ``before`` goes over the wire in front of it, as the same text: all of it is one transaction.
        """
        database = cursor.db
        uses = _uses.get(database.connection)
        if uses is None:
            uses = _uses.setdefault(database.connection, {})
        seen = uses.get(self, 0)
        if seen >= PREPARE_AT:
            cursor.execute(before + self._execute, values)
            return
        cursor.execute(before + self.sql, values)
        if self._may_prepare(database, uses):
            uses[self] = seen + 1

    def _may_prepare(self, database: Any, uses: dict["Prepared", int]) -> bool:
        """Count a use that went well, and prepare at the last one; the rows stay to be fetched."""
        if database.settings_dict["DISABLE_SERVER_SIDE_CURSORS"] or len(self.sql) > MAX_LENGTH:
            return False
        if uses.get(self, 0) + 1 < PREPARE_AT:
            return True
        if sum(seen >= PREPARE_AT for seen in uses.values()) >= MAX_STATEMENTS:
            return False
        with database.wrap_database_errors, database.connection.cursor() as another:
            another.execute(self._prepare)
        return True
