"""Transactions and row locks, with a second connection that holds what the first one wants."""

import threading
from contextlib import AbstractContextManager

import pytest
from django.db import IntegrityError, OperationalError, connection, connections
from django.db import transaction as django_transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from shop.core import db
from shop.core.errors import Busy, NotFound
from shop.core.prepared import PREPARE_AT, Prepared
from tests.elsewhere import held_elsewhere
from tests.shopfloor.models import Note, PurseAccount

pytestmark = pytest.mark.django_db(transaction=True)


def locked_elsewhere(pk: int) -> AbstractContextManager[None]:
    """Hold the row lock of a note in another connection during the block."""
    return held_elsewhere(lambda: Note.objects.select_for_update().get(pk=pk))


@pytest.fixture
def note() -> Note:
    return Note.objects.create(subject="a")


@pytest.fixture
def short_wait(monkeypatch):
    monkeypatch.setattr(db, "LOCK_TIMEOUT_SECONDS", "0.05")


class TestTransaction:
    def test_lock_timeout_is_three_seconds_inside_and_the_servers_own_outside(self):
        def shown() -> str:
            with connection.cursor() as cursor:
                cursor.execute("SHOW lock_timeout")
                return str(cursor.fetchone()[0])

        with db.transaction():
            assert shown() == "3s"
            with db.transaction():
                assert shown() == "3s"
        assert shown() == "0"

    def test_a_lock_that_does_not_come_is_busy_and_nothing_is_written(self, note, short_wait):
        def write_and_wait() -> None:
            with db.transaction():
                Note.objects.create(subject="b")
                db.lock_row(Note.objects.filter(pk=note.pk))

        with locked_elsewhere(note.pk), pytest.raises(Busy) as refusal:
            write_and_wait()
        assert refusal.value.retry_after == db.BUSY_RETRY_AFTER_SECONDS
        assert [n.subject for n in Note.objects.all()] == ["a"]

    def test_any_other_database_error_stays_what_it_is(self):
        with pytest.raises(OperationalError), db.transaction(), connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '57014'; END $$")

    def test_depth_counts_our_blocks(self):
        assert db.transaction_depth() == 0
        with db.transaction():
            assert db.transaction_depth() == 1
            with django_transaction.atomic():
                assert db.transaction_depth() == 2
        assert db.transaction_depth() == 0


@pytest.mark.django_db
class TestInsideATest:
    pytestmark = pytest.mark.django_db(transaction=False)

    def test_the_transaction_around_a_test_does_not_count(self):
        assert connection.in_atomic_block
        assert db.transaction_depth() == 0


class TestRunInTransaction:
    def fail_with(self, code: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{code}'; END $$")

    @pytest.mark.parametrize("code", ["40P01", "40001"])
    def test_a_deadlock_restarts_the_whole(self, code):
        runs: list[int] = []

        def work() -> str:
            Note.objects.create(subject=f"run {len(runs)}")
            runs.append(1)
            if len(runs) < 3:
                self.fail_with(code)
            return "done"

        assert db.run_in_transaction(work) == "done"
        assert len(runs) == 3
        assert [note.subject for note in Note.objects.all()] == ["run 2"]

    def test_after_the_last_attempt_it_is_busy(self):
        runs: list[int] = []

        def work() -> None:
            runs.append(1)
            self.fail_with("40P01")

        with pytest.raises(Busy):
            db.run_in_transaction(work, attempts=2)
        assert len(runs) == 2

    def test_inside_another_transaction_the_error_goes_up_at_once(self):
        runs: list[int] = []

        def work() -> None:
            runs.append(1)
            self.fail_with("40001")

        with pytest.raises(OperationalError), db.transaction():
            db.run_in_transaction(work)
        assert len(runs) == 1

    def test_other_errors_are_not_repeated(self):
        runs: list[int] = []

        def work() -> None:
            runs.append(1)
            self.fail_with("57014")

        with pytest.raises(OperationalError):
            db.run_in_transaction(work)
        assert len(runs) == 1

    def test_no_attempts_is_a_mistake(self):
        with pytest.raises(ValueError):
            db.run_in_transaction(lambda: None, attempts=0)

    def test_the_decorator_keeps_name_arguments_and_result(self):
        @db.in_transaction
        def write_note(*, subject: str) -> int:
            """Write."""
            assert connection.in_atomic_block
            return Note.objects.create(subject=subject).pk

        assert (write_note.__name__, write_note.__doc__) == ("write_note", "Write.")
        assert Note.objects.get(pk=write_note(subject="z")).subject == "z"

    def test_a_real_deadlock_ends_well_for_both(self):
        """Two transactions take two rows in opposite order: one is thrown out, restarts, and succeeds."""
        first, second = Note.objects.create(subject="1"), Note.objects.create(subject="2")
        meet = threading.Barrier(2)
        runs: list[int] = []

        def work(mine: int, other: int) -> None:
            runs.append(mine)
            Note.objects.filter(pk=mine).update(count=mine)
            if len(runs) <= 2:
                meet.wait(30)
            Note.objects.filter(pk=other).update(text=str(mine))

        def run(mine: int, other: int) -> None:
            db.run_in_transaction(lambda: work(mine, other))
            connections.close_all()

        pairs = [(first.pk, second.pk), (second.pk, first.pk)]
        threads = [threading.Thread(target=run, args=pair) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(runs) == 3
        rows = {note.pk: (note.count, note.text) for note in Note.objects.all()}
        assert rows == {first.pk: (first.pk, str(second.pk)), second.pk: (second.pk, str(first.pk))}


class TestLocks:
    def test_rows_are_locked_in_order_of_primary_key_and_read_at_once(self, django_assert_num_queries):
        pks = [Note.objects.create(subject=str(n)).pk for n in range(3)]
        with db.transaction(), django_assert_num_queries(1) as queries:
            rows = db.lock_rows(Note.objects.filter(pk__in=pks).order_by("-subject"))
            assert [row.pk for row in rows] == sorted(pks)
        assert 'ORDER BY "shopfloor_note"."id" ASC FOR NO KEY UPDATE OF "shopfloor_note"' in queries[0]["sql"]

    def test_locking_outside_a_transaction_is_a_mistake(self, note):
        with pytest.raises(TransactionManagementError):
            db.lock_row(Note.objects.filter(pk=note.pk))

    def test_a_missing_row_is_not_found(self):
        with pytest.raises(NotFound), db.transaction():
            db.lock_row(Note.objects.filter(pk=0))

    def test_several_rows_for_one_is_a_mistake(self):
        Note.objects.create(subject="a")
        Note.objects.create(subject="b")
        with pytest.raises(ValueError), db.transaction():
            db.lock_row(Note.objects.all())

    def test_a_claim_leaves_out_what_another_holds(self, note):
        free = [Note.objects.create(subject=str(n)) for n in range(3)]
        with locked_elsewhere(note.pk), db.transaction():
            claimed = db.claim_rows(Note.objects.order_by("-pk"), limit=2)
            assert [row.pk for row in claimed] == [free[2].pk, free[1].pk]
            assert db.claim_rows(Note.objects.filter(pk=note.pk), limit=2) == []


class TestSqlstate:
    def test_it_is_read_from_the_drivers_error(self):
        PurseAccount.objects.create(pk=1)
        with pytest.raises(IntegrityError) as failure:
            PurseAccount.objects.create(pk=1)
        assert db.sqlstate(failure.value) == "23505"

    def test_other_errors_have_none(self):
        assert db.sqlstate(ValueError()) is None


class TestWriteAtOnce:
    INSERT = """
        INSERT INTO shopfloor_note (subject, text, count) VALUES (%s, current_setting(%s), 0)
        RETURNING id, subject, text
    """

    def test_it_is_a_transaction_of_its_own_in_one_round_trip(self, django_assert_num_queries):
        with django_assert_num_queries(1):
            row = db.write_at_once(self.INSERT, ["a", "lock_timeout"])
        assert row is not None
        assert row[1:] == ("a", "3s")
        assert not connection.in_atomic_block
        assert Note.objects.get().pk == row[0]
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone() == ("0",), "what it is told holds for it alone"

    @pytest.mark.parametrize(("flushed", "shown"), [(True, "on"), (False, "off")])
    def test_it_waits_for_the_disk_if_it_is_told_to(self, flushed, shown):
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = on")
            row = db.write_at_once(self.INSERT, ["a", "synchronous_commit"], flushed=flushed)
            cursor.execute("RESET synchronous_commit")
        assert row is not None
        assert row[2] == shown

    def test_a_statement_that_may_be_prepared_is_and_still_waits_as_it_is_told(self):
        statement = Prepared(self.INSERT)
        told = ["lock_timeout", "synchronous_commit"] * PREPARE_AT
        with CaptureQueriesContext(connection) as queries:
            rows = [db.write_at_once(statement, ["a", name], flushed=False) for name in told]
        assert [row[2] for row in rows if row] == ["3s", "off"] * PREPARE_AT
        sent = ["EXECUTE" in query["sql"] for query in queries.captured_queries]
        assert sent == [False] * PREPARE_AT + [True] * PREPARE_AT
        assert not connection.in_atomic_block
        assert Note.objects.count() == 2 * PREPARE_AT

    def test_what_returns_nothing_gives_nothing(self, note):
        assert db.write_at_once("UPDATE shopfloor_note SET subject = 'b'", []) is None
        assert Note.objects.get().subject == "b"

    def test_inside_a_transaction_it_is_a_part_of_it(self):
        with db.transaction():
            db.write_at_once(self.INSERT, ["a", "lock_timeout"])
            django_transaction.set_rollback(True)
        assert not Note.objects.exists()

    def test_a_lock_that_does_not_come_is_busy(self, note, short_wait):
        with locked_elsewhere(note.pk), pytest.raises(Busy):
            db.write_at_once("UPDATE shopfloor_note SET subject = 'b' WHERE id = %s", [note.pk])
        assert Note.objects.get().subject == "a"

    def test_other_errors_stay_what_they_are(self):
        with pytest.raises(OperationalError):
            db.write_at_once("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '57014'; END $$", [])

    def test_a_kept_connection_that_died_is_replaced(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()

        end_elsewhere = threading.Thread(target=end_connection, args=[pid])
        end_elsewhere.start()
        end_elsewhere.join()
        assert db.write_at_once(self.INSERT, ["a", "lock_timeout"]) is not None
        assert Note.objects.count() == 1


def end_connection(pid: int) -> None:
    """Runs in a thread: end another connection and wait until it is gone."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    finally:
        connections.close_all()
