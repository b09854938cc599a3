"""A kept connection is used unasked; a dead one is replaced, and nothing else is tried twice."""

import psycopg2
import pytest
from django.conf import settings
from django.db import DataError, OperationalError, connection, transaction

from shop.core.db import read_at_once

pytestmark = pytest.mark.django_db(transaction=True)


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def end(pid: int) -> None:
    """End a backend from outside, as a restart of PostgreSQL does."""
    parameters = {**connection.get_connection_params(), "dbname": connection.settings_dict["NAME"]}
    parameters.pop("cursor_factory", None)
    other = psycopg2.connect(**parameters)
    try:
        other.autocommit = True
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    finally:
        other.close()


def test_a_read_survives_the_end_of_its_connection():
    assert settings.DATABASES["default"]["CONN_HEALTH_CHECKS"] is True
    first = backend()
    end(first)
    assert read_at_once(backend) != first


def test_a_live_connection_is_not_asked_first(django_assert_num_queries):
    first = backend()
    with django_assert_num_queries(1):
        assert read_at_once(backend) == first


def test_inside_a_transaction_the_loss_shows():
    def lose_it() -> None:
        with transaction.atomic():
            end(backend())
            read_at_once(backend)

    with pytest.raises(OperationalError):
        lose_it()
    connection.close()


def test_what_fails_for_another_reason_is_not_tried_again():
    runs = []

    def slow() -> None:
        runs.append(1)
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 20; SELECT pg_sleep(5)")

    with pytest.raises(OperationalError):
        read_at_once(slow)
    assert runs == [1]
    with connection.cursor() as cursor:
        cursor.execute("RESET statement_timeout")
    with pytest.raises(DataError):
        read_at_once(lambda: connection.cursor().execute("SELECT 1 / 0"))
