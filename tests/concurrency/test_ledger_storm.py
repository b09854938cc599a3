"""Ledger under storm: 200 threads, or real processes at once, exact balances, each reference once."""

import threading

import pytest
from django.db import transaction

from shop.core import db
from shop.core.errors import InsufficientBalance
from shop.core.ledger import Posting, audit_ledgers
from tests.processes import Child
from tests.shopfloor.models import PURSE, TILL, PurseAccount, PurseEntry, TillAccount, TillEntry
from tests.storms import THREADS, raised, storm

pytestmark = [pytest.mark.lasts(15), pytest.mark.django_db(transaction=True)]


def test_every_posting_of_200_threads_counts():
    till = TillAccount.objects.create()
    results = storm(lambda n: TILL.post(account_id=till.pk, amount=n + 1, reason="storm", reference=str(n)))
    assert raised(results) == []
    till.refresh_from_db()
    assert till.balance == sum(range(1, THREADS + 1))
    assert TillEntry.objects.count() == THREADS
    assert sorted(entry.balance_after for entry in results)[-1] == till.balance
    assert list(audit_ledgers()) == []


def test_negative_control_a_read_and_write_without_the_lock_loses_updates():
    """The same storm with a balance that is read, changed and written: the race that the lock prevents."""
    till = TillAccount.objects.create()
    everybody_has_read = threading.Barrier(THREADS)

    def post_without_lock(number: int) -> None:
        with transaction.atomic():
            account = TillAccount.objects.get(pk=till.pk)
            everybody_has_read.wait(120)
            after = account.balance + 1
            TillEntry.objects.create(
                account=account, amount=1, balance_after=after, reason="storm", reference=str(number)
            )
            TillAccount.objects.filter(pk=till.pk).update(balance=after)

    assert raised(storm(post_without_lock)) == []
    till.refresh_from_db()
    assert (TillEntry.objects.count(), till.balance) == (THREADS, 1)
    assert [drift.account_id for drift in audit_ledgers()] == [till.pk]


def test_one_reference_from_200_threads_is_booked_once():
    till = TillAccount.objects.create()
    results = storm(lambda _n: TILL.post(account_id=till.pk, amount=7, reason="storm", reference="same").pk)
    assert raised(results) == []
    assert len(set(results)) == 1
    till.refresh_from_db()
    assert (till.balance, TillEntry.objects.count()) == (7, 1)


def test_a_floor_of_zero_lets_exactly_as_many_through_as_there_is_money():
    purse = PurseAccount.objects.create()
    PURSE.post(account_id=purse.pk, amount=50 * 30, reason="recharge", reference="R")
    results = storm(lambda n: PURSE.post(account_id=purse.pk, amount=-30, reason="order", reference=str(n)))
    refused = raised(results)
    assert len(refused) == THREADS - 50
    assert {type(error) for error in refused} == {InsufficientBalance}
    purse.refresh_from_db()
    assert (purse.balance, PurseEntry.objects.count()) == (0, 51)
    assert list(audit_ledgers()) == []


def test_transfers_between_accounts_in_every_order_neither_deadlock_nor_lose_a_fen():
    accounts = [PurseAccount.objects.create().pk for _ in range(8)]
    PURSE.post_many([Posting(pk, 10_000, "recharge", "R") for pk in accounts])

    def transfer(number: int) -> None:
        giver, taker = accounts[number % 8], accounts[(number * 3 + 1) % 8]
        PURSE.post_many(
            [Posting(taker, number + 1, "in", str(number)), Posting(giver, -number - 1, "out", str(number))]
        )

    assert raised(storm(transfer)) == []
    assert PurseEntry.objects.count() == 8 + 2 * THREADS
    assert sum(PurseAccount.objects.values_list("balance", flat=True)) == 80_000
    assert list(audit_ledgers()) == []


def post_batch(account_ids: list[int], process: int, rounds: int) -> int:
    """Runs in a child process: every round posts once of its own and once what every process posts."""
    db.LOCK_TIMEOUT_SECONDS = 60  # as in the storms of threads: a loaded machine is no refusal
    for number in range(rounds):
        TILL.post_many(
            [Posting(pk, 1, "own", f"{process}-{number}") for pk in account_ids]
            + [Posting(pk, 100, "shared", str(number)) for pk in reversed(account_ids)]
        )
    return rounds


def test_real_processes_with_overlapping_batches():
    accounts = [TillAccount.objects.create().pk for _ in range(5)]
    children = [
        Child(f"{__name__}.post_batch", account_ids=accounts, process=number, rounds=10)
        for number in range(4)
    ]
    for child in children:
        child.wait_until_ready()
    for child in children:
        child.go()
    assert [child.result() for child in children] == [10] * 4
    assert set(TillAccount.objects.values_list("balance", flat=True)) == {4 * 10 + 10 * 100}
    assert TillEntry.objects.count() == 5 * (4 * 10 + 10)
    assert list(audit_ledgers()) == []
