"""Idempotency keys on one connection, without HTTP: what is stored, replayed, refused and resumed."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from shop.core import clock
from shop.core.errors import (
    Conflict,
    IdempotencyKeyRequired,
    IdempotencyKeyReused,
    InvalidInput,
    RequestInProgress,
)
from shop.core.idempotency.calls import LEASE, Claim, answer_call
from shop.core.idempotency.requests import Answer, KeyedRequest, keyed_request
from shop.core.idempotency.transactions import answer_in_transaction
from shop.core.models import IdempotencyKey
from tests.elsewhere import held_elsewhere
from tests.shopfloor.models import Note

pytestmark = pytest.mark.django_db

CREATED = Answer(201, "application/json", b'{"number":"A"}')


def request(
    key: str = "k1", actor: str = "member:1", body: bytes = b"{}", path: str = "/orders"
) -> KeyedRequest:
    return keyed_request(actor=actor, key=key, method="POST", path=path, body=body)


def write(answer: Answer = CREATED):
    def action() -> Answer:
        Note.objects.create(subject="effect")
        return answer

    return action


def effects() -> int:
    return Note.objects.filter(subject="effect").count()


class TestTheKey:
    @pytest.mark.parametrize("key", [None, ""])
    def test_it_is_required(self, key):
        with pytest.raises(IdempotencyKeyRequired):
            keyed_request(actor="a", key=key, method="POST", path="/", body=b"")

    @pytest.mark.parametrize("key", ["a", "A-1_~!", "two words", "x" * 255])
    def test_what_a_key_may_be(self, key):
        assert keyed_request(actor="a", key=key, method="POST", path="/", body=b"").key == key

    @pytest.mark.parametrize("key", ["x" * 256, " a", "a ", " ", "ключ", "a\nb", "a\x00", "\x7f"])
    def test_what_it_may_not_be(self, key):
        with pytest.raises(InvalidInput) as refusal:
            keyed_request(actor="a", key=key, method="POST", path="/", body=b"")
        assert [error.field for error in refusal.value.errors] == ["Idempotency-Key"]

    @pytest.mark.parametrize("changed", [{"method": "PUT"}, {"path": "/x"}, {"body": b"[]"}])
    def test_the_fingerprint_covers_method_path_and_body(self, changed):
        base: dict[str, Any] = {"actor": "a", "key": "k", "method": "POST", "path": "/", "body": b"{}"}
        one, other = keyed_request(**base), keyed_request(**{**base, **changed})
        assert one.fingerprint != other.fingerprint

    def test_parts_cannot_be_shifted_into_each_other(self):
        one = keyed_request(actor="a", key="k", method="POST", path="/a", body=b"b")
        other = keyed_request(actor="a", key="k", method="POST", path="/", body=b"ab")
        assert one.fingerprint != other.fingerprint


class TestOneTransaction:
    def test_the_first_run_takes_effect_and_is_stored(self):
        assert answer_in_transaction(request(), write()) == (CREATED, False)
        row = IdempotencyKey.objects.get()
        assert (row.actor, row.key, row.status, bytes(row.body)) == ("member:1", "k1", 201, CREATED.body)
        assert effects() == 1

    def test_the_second_is_a_replay(self):
        answer_in_transaction(request(), write())
        assert answer_in_transaction(request(), lambda: pytest.fail("ran twice")) == (CREATED, True)
        assert effects() == 1

    @pytest.mark.parametrize("other", [{"body": b"[]"}, {"path": "/other"}])
    def test_the_same_key_for_another_request_is_refused(self, other):
        answer_in_transaction(request(), write())
        with pytest.raises(IdempotencyKeyReused) as refusal:
            answer_in_transaction(request(**other), write())
        assert refusal.value.status == 422
        assert effects() == 1

    def test_another_actor_may_use_the_same_key(self):
        answer_in_transaction(request(), write())
        answer_in_transaction(request(actor="member:2"), write())
        assert (effects(), IdempotencyKey.objects.count()) == (2, 2)

    def test_a_refusal_rolls_back_and_frees_the_key(self):
        def refuse() -> Answer:
            Note.objects.create(subject="effect")
            raise Conflict

        with pytest.raises(Conflict):
            answer_in_transaction(request(), refuse)
        assert (effects(), IdempotencyKey.objects.count()) == (0, 0)
        assert answer_in_transaction(request(), write()) == (CREATED, False)

    @pytest.mark.parametrize("status", [100, 199, 300, 400, 409, 500])
    def test_an_answer_that_is_no_2xx_rolls_back_and_frees_the_key(self, status):
        refused = Answer(status, "application/json", b"{}")
        assert answer_in_transaction(request(), write(refused)) == (refused, False)
        assert (effects(), IdempotencyKey.objects.count()) == (0, 0)

    def test_an_empty_answer_is_replayed_as_empty(self):
        empty = Answer(204, "", b"")
        answer_in_transaction(request(), write(empty))
        assert answer_in_transaction(request(), write()) == (empty, True)

    def test_a_key_that_vanishes_while_it_is_looked_at_is_in_progress(self, monkeypatch):
        monkeypatch.setattr("shop.core.idempotency.transactions.insert_key", lambda _request: None)
        with pytest.raises(RequestInProgress):
            answer_in_transaction(request(), write())
        assert effects() == 0

    def test_a_database_error_while_it_waits_stays_what_it_is(self, transactional_db):
        def wait_briefly() -> None:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL statement_timeout = '50ms'")
                answer_in_transaction(request(), write())

        with (
            held_elsewhere(lambda: answer_in_transaction(request(), write())),
            pytest.raises(OperationalError, match="statement timeout"),
        ):
            wait_briefly()
        assert (effects(), IdempotencyKey.objects.count()) == (0, 0)

    def test_a_duplicate_that_waits_longer_than_the_lock_timeout_is_in_progress(
        self, transactional_db, monkeypatch
    ):
        monkeypatch.setattr("shop.core.db.LOCK_TIMEOUT_SECONDS", "0.05")
        with (
            held_elsewhere(lambda: answer_in_transaction(request(), write())),
            pytest.raises(RequestInProgress) as refusal,
        ):
            answer_in_transaction(request(), write())
        assert refusal.value.retry_after == 1

    def test_a_key_that_a_call_holds_without_answer_is_in_progress(self):
        with pytest.raises(ZeroDivisionError):
            answer_call(request(), lambda claim: keep_and(claim, lambda: 1 // 0))
        with pytest.raises(RequestInProgress):
            answer_in_transaction(request(), write())


def keep(claim: Claim, number: str) -> None:
    with transaction.atomic():
        claim.keep(number)


def fail(_claim: Claim) -> Answer:
    raise ZeroDivisionError


def keep_and(claim: Claim, then, number: str = "N1"):
    keep(claim, number)
    return then()


def expire() -> None:
    IdempotencyKey.objects.update(lease_until=clock.wall() - timedelta(seconds=1))


class TestCall:
    def test_the_first_run_gets_an_empty_claim_with_a_committed_lease(self, time_machine):
        time_machine.move_to("2026-01-01T00:00:00Z", tick=False)

        def action(claim: Claim) -> Answer:
            assert claim.attempt == ""
            assert IdempotencyKey.objects.get().lease_until == clock.wall() + LEASE
            return CREATED

        assert answer_call(request(), action) == (CREATED, False)
        row = IdempotencyKey.objects.get()
        assert (row.status, bytes(row.body), row.lease_until) == (201, CREATED.body, None)

    def test_the_second_is_a_replay(self):
        answer_call(request(), lambda _claim: CREATED)
        assert answer_call(request(), lambda _claim: pytest.fail("ran twice")) == (CREATED, True)

    def test_the_same_key_for_another_request_is_refused(self):
        answer_call(request(), lambda _claim: CREATED)
        with pytest.raises(IdempotencyKeyReused):
            answer_call(request(body=b"[]"), lambda _claim: pytest.fail("ran"))

    def test_another_request_under_the_key_is_refused_even_while_it_runs(self):
        def action(_claim: Claim) -> Answer:
            with pytest.raises(IdempotencyKeyReused):
                answer_call(request(body=b"[]"), lambda _claim: pytest.fail("ran"))
            return CREATED

        assert answer_call(request(), action) == (CREATED, False)

    def test_a_duplicate_while_it_runs_is_in_progress(self):
        def action(_claim: Claim) -> Answer:
            with pytest.raises(RequestInProgress) as refusal:
                answer_call(request(), lambda _claim: pytest.fail("ran twice"))
            assert refusal.value.status == 409
            assert refusal.value.retry_after == 1
            return CREATED

        assert answer_call(request(), action) == (CREATED, False)

    def test_an_error_before_a_number_was_kept_frees_the_key(self):
        with pytest.raises(ZeroDivisionError):
            answer_call(request(), fail)
        assert IdempotencyKey.objects.count() == 0
        assert answer_call(request(body=b"[]"), lambda _claim: CREATED) == (CREATED, False)

    def test_an_error_after_a_number_was_kept_lets_the_next_run_continue_it_at_once(self):
        with pytest.raises(ZeroDivisionError):
            answer_call(request(), lambda claim: keep_and(claim, lambda: 1 // 0))

        def resumed(claim: Claim) -> Answer:
            assert claim.attempt == "N1"
            return CREATED

        assert answer_call(request(), resumed) == (CREATED, False)

    def test_a_refusal_as_an_answer_is_not_stored(self):
        refused = Answer(409, "application/json", b"{}")
        assert answer_call(request(), lambda claim: keep_and(claim, lambda: refused)) == (refused, False)
        row = IdempotencyKey.objects.get()
        assert (row.status, row.attempt) == (None, "N1")
        assert answer_call(request(), lambda _claim: CREATED) == (CREATED, False)

    def test_an_expired_lease_is_resumed_with_its_number_and_the_slow_run_is_shut_out(self):
        """The first run sleeps through its lease; a second one takes over; the first must not write."""

        def slow(claim: Claim) -> Answer:
            keep(claim, "N1")
            expire()

            def second(resumed: Claim) -> Answer:
                assert resumed.attempt == "N1"
                with pytest.raises(RequestInProgress):
                    keep(claim, "N2")
                assert IdempotencyKey.objects.get().attempt == "N1"
                return CREATED

            assert answer_call(request(), second) == (CREATED, False)
            return Answer(201, "application/json", b'{"number":"of the slow run"}')

        answer, replayed = answer_call(request(), slow)
        assert (answer, replayed) == (CREATED, False)
        assert bytes(IdempotencyKey.objects.get().body) == CREATED.body

    def test_the_slow_run_that_finishes_first_is_told_to_come_back(self):
        def slow(claim: Claim) -> Answer:
            def second(_resumed: Claim) -> Answer:
                with pytest.raises(RequestInProgress):
                    claim.complete(CREATED)
                return CREATED

            expire()
            assert answer_call(request(), second) == (CREATED, False)
            return CREATED

        assert answer_call(request(), slow) == (CREATED, False)

    def test_a_claim_whose_row_is_gone_cannot_complete(self):
        def action(claim: Claim) -> Answer:
            IdempotencyKey.objects.all().delete()
            return claim.complete(CREATED)

        with pytest.raises(RequestInProgress):
            answer_call(request(), action)

    def test_giving_up_does_not_touch_a_run_that_took_over(self):
        def slow(claim: Claim) -> Answer:
            expire()
            with pytest.raises(ZeroDivisionError):
                answer_call(request(), lambda resumed: keep_and(resumed, lambda: 1 // 0, "N2"))
            claim.give_up()
            row = IdempotencyKey.objects.get()
            assert (row.attempt, row.run) == ("N2", 2)
            return Answer(500, "", b"")

        answer_call(request(), slow)
        assert IdempotencyKey.objects.count() == 1

    def test_a_key_that_vanishes_while_it_is_looked_at_is_in_progress(self, monkeypatch):
        monkeypatch.setattr("shop.core.idempotency.calls.insert_key", lambda *_args, **_options: None)
        with pytest.raises(RequestInProgress):
            answer_call(request(), lambda _claim: CREATED)

    def test_a_later_number_replaces_an_earlier_one(self):
        def action(claim: Claim) -> Answer:
            keep(claim, "N1")
            keep(claim, "N2")
            assert claim.attempt == ""
            return CREATED

        answer_call(request(), action)
        assert IdempotencyKey.objects.get().attempt == "N2"

    @pytest.mark.django_db(transaction=True)
    def test_no_transaction_is_open_while_it_runs_and_keep_needs_one(self):
        def action(claim: Claim) -> Answer:
            assert not connection.in_atomic_block
            with pytest.raises(RuntimeError):
                claim.keep("N1")
            return CREATED

        assert answer_call(request(), action) == (CREATED, False)
