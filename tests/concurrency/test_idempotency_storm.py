"""Idempotency under storm: 200 requests under one key at once, one effect, one answer."""

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from shop.core import clock
from shop.core.errors import RequestInProgress
from shop.core.idempotency.calls import Claim, answer_call
from shop.core.idempotency.requests import Answer, keyed_request
from shop.core.idempotency.transactions import answer_in_transaction
from shop.core.ids import new_number
from shop.core.models import IdempotencyKey
from tests.processes import Child
from tests.shopfloor.handlers import HOLD
from tests.shopfloor.models import Note
from tests.storms import THREADS, raised, storm
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

REQUEST = keyed_request(actor="member:1", key="k", method="POST", path="/orders", body=b"{}")


def answer_of(note: Note) -> Answer:
    return Answer(201, "application/json", f'{{"id":{note.pk}}}'.encode())


def act() -> Answer:
    return answer_of(Note.objects.create(subject="effect", text=new_number()))


def effects() -> int:
    return Note.objects.filter(subject="effect").count()


def test_one_transaction_200_at_once_take_effect_once_and_get_one_answer():
    results = storm(lambda _n: answer_in_transaction(REQUEST, act))
    assert raised(results) == []
    assert effects() == 1
    assert {answer for answer, _replayed in results} == {answer_of(Note.objects.get())}
    assert sorted(replayed for _answer, replayed in results) == [False] + [True] * (THREADS - 1)


def test_negative_control_a_key_that_is_looked_up_and_inserted_later_lets_all_of_them_through():
    everybody_has_looked = threading.Barrier(THREADS)

    def naive(_number: int) -> None:
        with transaction.atomic():
            seen = Note.objects.filter(subject="key").exists()
            everybody_has_looked.wait(120)
            if not seen:
                Note.objects.create(subject="key")
                act()

    assert raised(storm(naive)) == []
    assert effects() == THREADS


def test_200_different_keys_take_effect_200_times():
    def one(number: int) -> Any:
        request = keyed_request(actor="member:1", key=f"k{number}", method="POST", path="/", body=b"")
        return answer_in_transaction(request, act)

    assert raised(storm(one)) == []
    assert (effects(), IdempotencyKey.objects.count()) == (THREADS, THREADS)


def test_a_duplicate_that_waits_for_one_that_fails_takes_its_place():
    started = threading.Event()

    def fail() -> Answer:
        started.set()
        wait_until(lambda: somebody_waits("transactionid"))
        raise ZeroDivisionError

    def run(number: int) -> Any:
        if number == 0:
            return answer_in_transaction(REQUEST, fail)
        assert started.wait(60)
        return answer_in_transaction(REQUEST, act)

    failure, (answer, replayed) = storm(run, threads=2)
    assert isinstance(failure, ZeroDivisionError)
    assert (effects(), replayed) == (1, False)
    assert answer_in_transaction(REQUEST, act) == (answer, True)


def call(claim: Claim) -> Answer:
    """An action in the shape of "start a payment": keep a number, then ask outside the transaction."""
    number = claim.attempt or make_attempt(claim)
    note = Note.objects.create(subject="asked", text=number)
    return Answer(201, "application/json", note.text.encode())


def make_attempt(claim: Claim) -> str:
    with transaction.atomic():
        number = new_number()
        claim.keep(number)
        Note.objects.create(subject="attempt", text=number)
    return number


def attempts() -> list[str]:
    return list(Note.objects.filter(subject="attempt").values_list("text", flat=True))


def test_call_200_at_once_make_one_attempt_and_everybody_gets_its_answer_or_409():
    results = storm(lambda _n: answer_call(REQUEST, call))
    refused = raised(results)
    assert {type(error) for error in refused} <= {RequestInProgress}
    (number,) = attempts()
    answers = [result for result in results if not isinstance(result, BaseException)]
    assert {answer.body for answer, _replayed in answers} == {number.encode()}
    assert sum(not replayed for _answer, replayed in answers) == 1
    assert Note.objects.filter(subject="asked").count() == 1
    assert answer_call(REQUEST, call)[0].body == number.encode()


def test_an_expired_lease_is_resumed_by_exactly_one_of_200():
    with pytest.raises(ZeroDivisionError):
        answer_call(REQUEST, keep_and_fail)
    IdempotencyKey.objects.update(lease_until=clock.wall())
    results = storm(lambda _n: answer_call(REQUEST, call))
    assert {type(error) for error in raised(results)} <= {RequestInProgress}
    assert len(attempts()) == 1
    assert Note.objects.filter(subject="asked", text=attempts()[0]).count() == 1


def keep_and_fail(claim: Claim) -> Answer:
    make_attempt(claim)
    raise ZeroDivisionError


def call_and_hang() -> str:
    """Runs in a child process, which is killed where WeChat would be asked."""

    def action(claim: Claim) -> Answer:
        number = make_attempt(claim)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock_shared(%s)", [HOLD])
        return Answer(201, "text/plain", number.encode())

    return answer_call(REQUEST, action)[0].body.decode()


@pytest.mark.chaos
def test_a_process_killed_while_it_asks_leaves_its_number_to_the_next_run():
    child = Child(f"{__name__}.call_and_hang")
    child.wait_until_ready()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [HOLD])
        child.go()
        wait_until(lambda: somebody_waits("advisory"))
        child.kill()
        cursor.execute("SELECT pg_advisory_unlock(%s)", [HOLD])
    (number,) = attempts()
    with pytest.raises(RequestInProgress):
        answer_call(REQUEST, call)
    IdempotencyKey.objects.update(lease_until=clock.wall())
    answer, replayed = answer_call(REQUEST, call)
    assert (answer.body, replayed) == (number.encode(), False)
    assert attempts() == [number]


def somebody_waits(locktype: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = %s AND NOT granted", [locktype])
        return bool(cursor.fetchone()[0])
