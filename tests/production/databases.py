"""Databases for tests that work on whole databases: made on the run's server, compared table by table."""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """Create an empty database on a server and yield its URL; dropped at the end."""
    name = f"jishi_{secrets.token_hex(6)}"
    _administer(server_url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        _administer(server_url, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def contents(url: str) -> dict[str, str]:
    """Return a digest of every table's rows, and of the sequences, by name: equal means byte-identical."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        digests = {}
        for (table,) in cursor.fetchall():
            query = sql.SQL("SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '') FROM {} t")
            cursor.execute(query.format(sql.Identifier(table)))
            digests[table] = hashlib.sha256(cursor.fetchone()[0].encode()).hexdigest()
        cursor.execute(
            "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1"
        )
        digests["(sequences)"] = repr(cursor.fetchall())
        cursor.execute(
            # Not their text: PostgreSQL writes some casts differently after a dump.
            "SELECT conrelid::regclass::text, conname, contype FROM pg_constraint"
            " WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2"
        )
        digests["(constraints)"] = repr(cursor.fetchall())
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2"
        )
        digests["(triggers)"] = repr(cursor.fetchall())
        return digests


def execute(url: str, statement: str) -> None:
    """Run one statement in a transaction of its own."""
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)


def _administer(server_url: str, statement: sql.Composed) -> None:
    with closing(psycopg2.connect(server_url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)


def query(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Return the rows of one statement."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())
