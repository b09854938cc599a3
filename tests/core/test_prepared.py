"""Statements that are prepared where a connection sees them again and again."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from shop.core import prepared
from shop.core.prepared import PREPARE_AT, Prepared

pytestmark = pytest.mark.django_db(transaction=True)


def ask(statement: Prepared, values: Any) -> tuple[str, Any]:
    """Run it; return how it was sent and what came."""
    with CaptureQueriesContext(connection) as queries, connection.cursor() as cursor:
        statement.run(cursor, values)
        rows = cursor.fetchall()
    (query,) = queries.captured_queries
    return query["sql"].split()[0], rows


@pytest.fixture
def double() -> Callable[[int], tuple[str, Any]]:
    statement = Prepared("SELECT %s::int * 2")
    return lambda value: ask(statement, [value])


def test_it_is_prepared_after_a_few_uses_and_answers_the_same(double: Callable[[int], Any]):
    seen = [double(value) for value in range(PREPARE_AT + 2)]
    assert [how for how, _rows in seen] == ["SELECT"] * PREPARE_AT + ["EXECUTE"] * 2
    assert [rows for _how, rows in seen] == [[(2 * value,)] for value in range(PREPARE_AT + 2)]


def test_values_by_name_are_sent_once_each():
    statement = Prepared("SELECT %(a)s::int, %(b)s::text, %(a)s::int + 1")
    for value in range(PREPARE_AT + 1):
        how, rows = ask(statement, {"b": "50 %", "a": value})
        assert rows == [(value, "50 %", value + 1)]
    assert how == "EXECUTE"


def test_a_rollback_leaves_it_prepared(double: Callable[[int], Any]):
    with transaction.atomic():
        for _use in range(PREPARE_AT):
            double(1)
        transaction.set_rollback(True)
    assert double(4) == ("EXECUTE", [(8,)])


def test_a_new_connection_begins_anew(double: Callable[[int], Any]):
    for _use in range(PREPARE_AT):
        double(1)
    connection.close()
    assert double(4) == ("SELECT", [(8,)])


def test_a_use_that_fails_does_not_count():
    statement = Prepared("SELECT 1 / %s::int")
    for _use in range(PREPARE_AT + 1):
        with pytest.raises(DatabaseError):
            ask(statement, [0])
    for _use in range(PREPARE_AT):
        assert ask(statement, [1]) == ("SELECT", [(1,)])
    with pytest.raises(DatabaseError):
        ask(statement, [0])
    assert ask(statement, [1]) == ("EXECUTE", [(1,)])


def test_nothing_is_prepared_behind_pgbouncer(double: Callable[[int], Any], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    assert {double(1)[0] for _use in range(PREPARE_AT + 2)} == {"SELECT"}


def test_neither_a_long_one_nor_one_too_many(double: Callable[[int], Any], monkeypatch: pytest.MonkeyPatch):
    connection.close()
    long = Prepared(f"SELECT %s::int -- {'x' * prepared.MAX_LENGTH}")
    assert {ask(long, [1])[0] for _use in range(PREPARE_AT + 2)} == {"SELECT"}
    monkeypatch.setattr(prepared, "MAX_STATEMENTS", 1)
    other = Prepared("SELECT %s::int * 3")
    assert [ask(other, [1])[0] for _use in range(PREPARE_AT + 1)][-1] == "EXECUTE"
    assert {double(1)[0] for _use in range(PREPARE_AT + 2)} == {"SELECT"}


def test_plans_do_not_depend_on_values():
    with connection.cursor() as cursor:
        cursor.execute("SHOW plan_cache_mode")
        assert cursor.fetchone() == ("force_generic_plan",)
