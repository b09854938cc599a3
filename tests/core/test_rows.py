"""Rows by key: the same rows and the same stored values as the ORM's own, and the same locks."""

import json

import pytest
from django.core.exceptions import FieldError
from django.db import DatabaseError, IntegrityError, connection
from django.db import transaction as django_transaction

from shop.core import clock
from shop.core.db import transaction
from shop.core.models import HandledEvent, OutboxEvent
from shop.core.rows import (
    find_row,
    find_rows,
    insert_family,
    insert_row,
    insert_rows,
    insert_unless_there,
    update_row,
)
from shop.wechat.models import InboxMessage
from tests.elsewhere import held_elsewhere

pytestmark = pytest.mark.django_db(transaction=True)


def message(key: str, **fields: object) -> InboxMessage:
    return InboxMessage(source="pay", dedupe_key=key, event_type="t", **fields)


def stored(row: InboxMessage) -> dict[str, object]:
    return dict(InboxMessage.objects.filter(pk=row.pk).values().get())


class TestInsert:
    def test_stores_what_the_orm_stores_and_gives_keys_in_order(self) -> None:
        # Given rows with JSON, an encrypted column, defaults and a null
        rows = [message(f"k{n}", headers={"n": n, "字": [1]}, content=f"秘{n}") for n in range(3)]
        # When they are inserted by one statement
        insert_rows(rows)
        # Then the ORM reads them back as they were, in the order of their keys
        assert [row.pk for row in rows] == sorted(row.pk for row in rows)
        for row in rows:
            read = InboxMessage.objects.get(dedupe_key=row.dedupe_key)
            assert read.pk == row.pk
            assert (read.headers, read.content, read.finished_at) == (row.headers, row.content, None)
            assert (read.state, read.attempts, read.received_at) == ("received", 0, row.received_at)
            assert not row._state.adding
        with connection.cursor() as cursor:
            cursor.execute("SELECT content FROM wechat_inboxmessage WHERE id = %s", [rows[0].pk])
            assert "秘" not in cursor.fetchone()[0], "encrypted at rest"

    def test_none_is_nothing(self, django_assert_num_queries) -> None:
        with django_assert_num_queries(0):
            insert_rows([])

    def test_the_databases_word_is_last(self) -> None:
        insert_row(message("same"))
        with pytest.raises(IntegrityError):
            insert_row(message("same"))

    def test_a_family_by_one_statement(self, django_assert_num_queries) -> None:
        # Given an event that is not stored yet, and what two handlers did about it
        event = OutboxEvent(name="a.b", aggregate="a:1", payload={"n": 1})
        handled = [HandledEvent(event=event, handler=f"handler.{n}") for n in range(2)]
        # When they are inserted together
        with transaction(), django_assert_num_queries(1):
            insert_family(event, "event", handled)
        # Then each has its key and points to the event
        assert OutboxEvent.objects.get() == event
        found = list(HandledEvent.objects.order_by("pk").values_list("pk", "event_id", "handler"))
        assert found == [(row.pk, event.pk, row.handler) for row in handled]
        assert [row.event_id for row in handled] == [event.pk, event.pk]
        assert not any(row._state.adding for row in (event, *handled))

    def test_a_family_is_stored_whole_or_not_at_all(self) -> None:
        event = OutboxEvent(name="a.b", aggregate="a:1", payload={})
        twice = [HandledEvent(event=event, handler="same") for _ in range(2)]
        with pytest.raises(IntegrityError):
            insert_family(event, "event", twice)
        assert (OutboxEvent.objects.count(), HandledEvent.objects.count()) == (0, 0)
        assert event.pk is None

    def test_unless_there(self) -> None:
        first, second = message("same", reference="1"), message("same", reference="2")
        assert insert_unless_there(first, "dedupe_key") is True
        assert insert_unless_there(second, "dedupe_key") is False
        assert InboxMessage.objects.get() == first
        assert second._state.adding


class TestFind:
    def test_reads_whole_rows_as_the_orm_does(self) -> None:
        rows = [message(f"k{n}", headers={"n": n}, content="秘", reference="r") for n in range(3)]
        insert_rows(rows)
        found = find_rows(InboxMessage, reference="r", dedupe_key=["k2", "k0", "absent"])
        expected = list(InboxMessage.objects.filter(dedupe_key__in=["k0", "k2"]).order_by("pk"))
        assert found == expected
        for mine, orms in zip(found, expected, strict=True):
            assert {k: v for k, v in vars(mine).items() if k != "_state"} == {
                k: v for k, v in vars(orms).items() if k != "_state"
            }
        assert find_rows(InboxMessage, dedupe_key=[]) == []
        assert find_row(InboxMessage, dedupe_key="absent") is None

    def test_a_foreign_key_is_a_key_too(self) -> None:
        event = OutboxEvent(name="n", aggregate="a", payload={})
        insert_row(event)
        insert_row(HandledEvent(event=event, handler="h"))
        assert [row.event_id for row in find_rows(HandledEvent, event=event.pk, handler="h")] == [event.pk]

    def test_deferred_columns_come_when_asked_for(self, django_assert_num_queries) -> None:
        insert_row(message("k", content="秘"))
        row = find_row(InboxMessage, without=("content", "envelope"), dedupe_key="k")
        assert row is not None
        assert row.get_deferred_fields() == {"content", "envelope"}
        with django_assert_num_queries(1):
            assert row.content == "秘"

    def test_several_where_one_is_meant(self) -> None:
        insert_rows([message("a"), message("b")])
        with pytest.raises(ValueError, match="Several rows"):
            find_row(InboxMessage, event_type="t")

    def test_null_and_ciphertext_are_no_keys(self) -> None:
        with pytest.raises(ValueError, match="NULL"):
            find_row(InboxMessage, finished_at=None)
        with pytest.raises(FieldError):
            find_row(InboxMessage, content="秘")


class TestLock:
    def test_locks_and_skips_what_others_hold(self) -> None:
        rows = [message("a"), message("b")]
        insert_rows(rows)
        mine = InboxMessage.objects.filter(pk=rows[0].pk)
        with held_elsewhere(lambda: mine.select_for_update(no_key=True).get()), transaction():
            found = find_rows(InboxMessage, lock=True, skip_locked=True, event_type="t")
            assert [row.pk for row in found] == [rows[1].pk]

    def test_a_locked_row_is_nobody_elses(self) -> None:
        row = message("a")
        insert_row(row)
        mine = InboxMessage.objects.filter(pk=row.pk)
        with (
            held_elsewhere(lambda: find_row(InboxMessage, lock=True, id=row.pk)),
            django_transaction.atomic(),
            pytest.raises(DatabaseError),
        ):
            mine.select_for_update(nowait=True, no_key=True).get()


class TestUpdate:
    def test_writes_these_columns_and_no_others(self) -> None:
        row = message("a", headers={"n": 1}, content="秘")
        insert_row(row)
        before = stored(row)
        row.headers, row.content, row.state, row.reference = {"n": 2}, "密", "done", "not written"
        row.finished_at = clock.wall()
        update_row(row, "headers", "content", "state", "finished_at")
        changed = {"headers": {"n": 2}, "content": "密", "state": "done", "finished_at": row.finished_at}
        assert stored(row) == {**before, **changed}

    def test_a_row_that_is_gone(self) -> None:
        row = message("a")
        insert_row(row)
        InboxMessage.objects.all().delete()
        with pytest.raises(DatabaseError, match="gone"), django_transaction.atomic():
            update_row(row, "state")


def test_json_is_stored_as_the_orm_stores_it() -> None:
    mine, orms = message("a", headers={"b": None, "a": "字"}), message("b", headers={"b": None, "a": "字"})
    insert_row(mine)
    orms.save()
    with connection.cursor() as cursor:
        cursor.execute("SELECT headers FROM wechat_inboxmessage ORDER BY id")
        first, second = (row[0] for row in cursor.fetchall())
    assert first == second
    assert json.loads(first) == {"b": None, "a": "字"}
