"""Rows by key, in statements that are composed once per process.

The ORM composes a statement anew every time, which takes longer than PostgreSQL needs to run it. The few
statements that every order and every payment pass go through here instead: one table, equality, whole rows.
Values pass through the model's own fields, so what is stored and read is what the ORM would store and read.
Whatever is more than that belongs in a queryset.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Model

from shop.core.columns import column_values
from shop.core.db import write_at_once
from shop.core.prepared import Prepared

M = TypeVar("M", bound=Model)

_STATEMENTS = 512


@dataclass(frozen=True)
class _Read:
    statement: Prepared
    columns: tuple[str, ...]
    converters: tuple[tuple[int, Any, Any], ...]
    """Position of a column, its field's converter, and the expression that the converter is told about."""


def find_rows(
    model: type[M], *, lock: bool = False, skip_locked: bool = False, without: Sequence[str] = (), **key: Any
) -> list[M]:
    """Return the rows whose columns equal ``key``, in order of primary key, with ``without`` deferred.

    ``pk`` names the primary key, whatever it is called. A list as a value means "one of these", ``None`` is
    refused. ``lock`` takes them FOR NO KEY UPDATE, as ``shop.core.db.lock_rows`` does, ``skip_locked`` leaves
    out what others hold.
    """
    lists = tuple(isinstance(value, list) for value in key.values())
    read = _read(model, tuple(key), lists, tuple(without), lock, skip_locked)
    database = _database()
    with database.cursor() as cursor:
        read.statement.run(cursor, _prepared(model, key, database))
        found = cursor.fetchall()
    return [model.from_db(database.alias, read.columns, _converted(read, row, database)) for row in found]


def find_row(model: type[M], *, lock: bool = False, without: Sequence[str] = (), **key: Any) -> M | None:
    """Return the one row with this ``key``, or ``None``; otherwise as ``find_rows``."""
    rows = find_rows(model, lock=lock, without=without, **key)
    if len(rows) > 1:
        raise ValueError(f"Several rows of {model.__name__} have this key.")
    return rows[0] if rows else None


def insert_row(row: Model) -> None:
    """Insert a new row and give it its primary key."""
    insert_rows([row])


def insert_rows(rows: Sequence[Model]) -> None:
    """Insert new rows of one model by one statement, in this order, and give them their primary keys."""
    if not rows:
        return
    model = type(rows[0])
    database = _database()
    values = [value for row in rows for value in _values(row, database)]
    with database.cursor() as cursor:
        _insertion(model, len(rows)).run(cursor, values)
        for row, (primary_key,) in zip(rows, cursor.fetchall(), strict=True):
            _is_stored(row, primary_key, database)


def insert_family(parent: Model, link: str, *children: Sequence[Model]) -> None:
    """Insert a new row and the rows that point to it by their field ``link``, all by one statement.

    Each of ``children`` holds rows of one model, in this order, and at least one. All get their keys.
    """
    database = _database()
    values = _values(parent, database)
    for rows in children:
        for row in rows:
            values += _values(row, database, without=link)
    shape = tuple((type(rows[0]), len(rows)) for rows in children)
    with database.cursor() as cursor:
        _family(type(parent), link, shape).run(cursor, values)
        own, *others = cursor.fetchone()
    _is_stored(parent, own, database)
    for rows, keys in zip(children, others, strict=True):
        for row, primary_key in zip(rows, keys, strict=True):
            _is_stored(row, primary_key, database)
            setattr(row, link, parent)


def insert_unless_there(row: Model, *unique: str, also: str = "", values: Sequence[Any] = ()) -> bool:
    """Insert a new row unless one has the same values in the ``unique`` columns; say whether it was inserted.

    Waits for a transaction that is inserting such a row. Only an inserted row gets its primary key. Outside a
    transaction it is one of its own. ``also`` is a statement with its ``values`` that is sent along; it sees
    the new row's key as the table ``inserted``, which is empty when nothing was.
    """
    model = type(row)
    conflict = ", ".join(_column(_field(model, name)) for name in unique)
    database = _database()
    inserted = write_at_once(_insertion_with(model, conflict, also), [*_values(row, database), *values])
    if inserted is not None:
        _is_stored(row, inserted[0], database)
    return inserted is not None


def update_row(row: Model, *names: str) -> None:
    """Write these columns of one row; ``DatabaseError`` when it is gone."""
    fields = [_field(type(row), name) for name in names]
    database = _database()
    values = column_values(row, fields, database, add=False)
    with database.cursor() as cursor:
        _update(type(row), names).run(cursor, [*values, row.pk])
        if cursor.rowcount != 1:
            raise DatabaseError(f"A row of {type(row).__name__} is gone.")


@functools.lru_cache(maxsize=_STATEMENTS)
def _read(
    model: type[Model],
    key: tuple[str, ...],
    lists: tuple[bool, ...],
    without: tuple[str, ...],
    lock: bool,
    skip_locked: bool,
) -> _Read:
    for name in key:
        _field(model, name).get_lookup("exact")  # encrypted columns refuse to be looked up
    fields = [field for field in model._meta.concrete_fields if field.name not in without]
    tests = [
        f"{_column(_field(model, name))} = {'ANY(%s)' if is_list else '%s'}"
        for name, is_list in zip(key, lists, strict=True)
    ]
    sql = (
        f"SELECT {', '.join(map(_column, fields))} FROM {_table(model)}"  # noqa: S608  names of our own models
        f" WHERE {' AND '.join(tests)} ORDER BY {_column(model._meta.pk)}"
        f"{' FOR NO KEY UPDATE' if lock else ''}{' SKIP LOCKED' if skip_locked else ''}"
    )
    converters = tuple(
        (position, converter, field.cached_col)
        for position, field in enumerate(fields)
        for converter in field.get_db_converters(connection)
    )
    return _Read(Prepared(sql), tuple(field.attname for field in fields), converters)


def _database() -> BaseDatabaseWrapper:
    """Return this thread's connection itself; through the global proxy every look costs another look."""
    return connections[DEFAULT_DB_ALIAS]


def _values(row: Model, database: BaseDatabaseWrapper, *, without: str = "") -> list[Any]:
    """Return what an INSERT of the row is given, column by column."""
    fields = _writable(type(row))
    if without:
        fields = tuple(field for field in fields if field.name != without)
    return column_values(row, fields, database, add=True)


def _is_stored(row: Model, primary_key: Any, database: BaseDatabaseWrapper) -> None:
    row.pk, row._state.adding, row._state.db = primary_key, False, database.alias


def _prepared(model: type[Model], key: dict[str, Any], database: BaseDatabaseWrapper) -> list[Any]:
    prepared = []
    for name, value in key.items():
        field = _field(model, name)
        if value is None:
            raise ValueError("NULL equals nothing.")
        if isinstance(value, list):
            prepared.append([field.get_db_prep_value(item, database) for item in value])
        else:
            prepared.append(field.get_db_prep_value(value, database))
    return prepared


def _converted(read: _Read, row: Sequence[Any], database: BaseDatabaseWrapper) -> Sequence[Any]:
    if not read.converters:
        return row
    values = list(row)
    for position, converter, expression in read.converters:
        values[position] = converter(values[position], expression, database)
    return values


@functools.lru_cache(maxsize=_STATEMENTS)
def _insertion(model: type[Model], count: int) -> Prepared:
    return Prepared(_insert(model, count))


@functools.lru_cache(maxsize=_STATEMENTS)
def _insertion_with(model: type[Model], conflict: str, also: str) -> Prepared:
    insert = _insert(model, 1, conflict)
    if also:
        insert = f"WITH inserted (id) AS ({insert}), also AS ({also}) SELECT id FROM inserted"  # noqa: S608
    return Prepared(insert)


def _insert(model: type[Model], count: int, conflict: str = "") -> str:
    fields = _writable(model)
    row = f"({', '.join(['%s'] * len(fields))})"
    return (
        f"INSERT INTO {_table(model)} ({', '.join(map(_column, fields))})"  # noqa: S608  our own models' names
        f" VALUES {', '.join([row] * count)}"
        f"{f' ON CONFLICT ({conflict}) DO NOTHING' if conflict else ''} RETURNING {_column(model._meta.pk)}"
    )


@functools.lru_cache(maxsize=_STATEMENTS)
def _family(parent: type[Model], link: str, children: tuple[tuple[type[Model], int], ...]) -> Prepared:
    parts = [_insert(parent, 1)]
    for model, count in children:
        fields = _writable(model)
        row = ", ".join("(TABLE part_0)" if field.name == link else "%s" for field in fields)
        parts.append(
            f"INSERT INTO {_table(model)} ({', '.join(map(_column, fields))})"  # noqa: S608  our own models' names
            f" VALUES {', '.join([f'({row})'] * count)} RETURNING {_column(model._meta.pk)}"
        )
    named = ", ".join(f"part_{place} AS ({part})" for place, part in enumerate(parts))
    keys = ", ".join(f"ARRAY(TABLE part_{place})" for place in range(1, len(parts)))
    return Prepared(f"WITH {named} SELECT (TABLE part_0), {keys}")


@functools.lru_cache(maxsize=_STATEMENTS)
def _update(model: type[Model], names: tuple[str, ...]) -> Prepared:
    changes = ", ".join(f"{_column(_field(model, name))} = %s" for name in names)
    return Prepared(
        f"UPDATE {_table(model)} SET {changes} WHERE {_column(model._meta.pk)} = %s"  # noqa: S608
    )


@functools.lru_cache(maxsize=_STATEMENTS)
def _writable(model: type[Model]) -> tuple["Field[Any, Any]", ...]:
    """Return the columns that an INSERT fills; the database itself gives out the key."""
    return tuple(field for field in model._meta.concrete_fields if not field.primary_key)


def _field(model: type[Model], name: str) -> Any:
    return model._meta.pk if name == "pk" else model._meta.get_field(name)


def _column(field: Any) -> str:
    return connection.ops.quote_name(field.column)


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)
