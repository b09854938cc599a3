"""A transaction trusts its kept connection; a dead one costs a second beginning, nothing happens twice."""

import pytest
from django.db import OperationalError, connection

from shop.core.db import run_in_transaction
from tests.core.test_read_at_once import backend, end
from tests.shopfloor.models import Note

pytestmark = pytest.mark.django_db(transaction=True)


def write() -> int:
    Note.objects.create(subject="a")
    return backend()


def test_a_transaction_begins_again_when_its_first_statement_finds_the_connection_dead():
    first = backend()
    connection.health_check_done = False  # type: ignore[attr-defined]  # as at the beginning of every request
    end(first)
    assert run_in_transaction(write) != first
    assert Note.objects.count() == 1


def test_a_live_connection_is_not_asked(django_assert_num_queries):
    first = backend()
    connection.health_check_done = False  # type: ignore[attr-defined]
    assert run_in_transaction(write) == first
    assert connection.health_check_done is True  # type: ignore[attr-defined]


def test_a_connection_that_dies_later_in_the_transaction_ends_it():
    runs = []

    def write_and_lose() -> None:
        runs.append(1)
        end(write())
        Note.objects.create(subject="b")

    connection.health_check_done = False  # type: ignore[attr-defined]
    with pytest.raises(OperationalError):
        run_in_transaction(write_and_lose)
    assert (len(runs), Note.objects.count()) == (1, 0)


def test_a_second_dead_connection_is_not_asked_for_ever(monkeypatch):
    runs = []

    def lose_at_once() -> None:
        runs.append(1)
        end(connection.connection.info.backend_pid)
        Note.objects.create(subject="a")

    connection.health_check_done = False  # type: ignore[attr-defined]
    with pytest.raises(OperationalError):
        run_in_transaction(lose_at_once)
    assert (len(runs), Note.objects.count()) == (2, 0)
