"""The audit finds every kind of drift, names the account, and stays quick on millions of entries."""

import time
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from shop.core.ledger import Drift, audit_ledgers
from tests.shopfloor.models import PURSE, TILL, PurseAccount, PurseEntry, TillAccount

pytestmark = pytest.mark.django_db


@pytest.fixture
def purse() -> PurseAccount:
    PurseAccount.objects.create()
    account = PurseAccount.objects.create()
    for reference, amount in (("1", 100), ("2", -30), ("3", 5)):
        PURSE.post(account_id=account.pk, amount=amount, reason="test", reference=reference)
    return account


def tamper(sql: str, *parameters: int) -> None:
    """Change what only a superuser with the trigger switched off could."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, parameters)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def run() -> tuple[int, str, str]:
    """Return the command's exit code, output and error output."""
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command("audit_ledgers", stdout=out, stderr=err)
    except SystemExit as end:
        code = int(end.code or 0)
    return code, out.getvalue(), err.getvalue()


def test_untouched_ledgers_add_up(purse):
    till = TillAccount.objects.create()
    TILL.post(account_id=till.pk, amount=-5, reason="test", reference="1")
    code, out, err = run()
    assert (code, err) == (0, "")
    assert out.endswith(" ledgers add up.\n")


def test_an_assigned_balance_is_drift(purse):
    PurseAccount.objects.filter(pk=purse.pk).update(balance=76)
    assert list(audit_ledgers()) == [Drift("test_purse", purse.pk, 76, 75, 0, None)]
    code, out, err = run()
    assert code == 1
    assert out.splitlines()[1].split() == ["test_purse", str(purse.pk), "76", "75", "0", "-"]
    assert err == "1 accounts drifted.\n"


def test_a_balance_without_any_entry_is_drift(purse):
    empty = PurseAccount.objects.order_by("pk").first()
    assert empty is not None
    PurseAccount.objects.filter(pk=empty.pk).update(balance=1)
    assert list(audit_ledgers()) == [Drift("test_purse", empty.pk, 1, 0, 0, None)]


def test_a_changed_amount_breaks_chain_and_sum(purse):
    entry = PurseEntry.objects.get(reference="2")
    tamper("UPDATE shopfloor_purseentry SET amount = -31 WHERE id = %s", entry.pk)
    assert list(audit_ledgers()) == [Drift("test_purse", purse.pk, 75, 74, 1, entry.pk)]


def test_a_deleted_entry_breaks_the_one_after_it(purse):
    tamper("DELETE FROM shopfloor_purseentry WHERE reference = '2'")
    last = PurseEntry.objects.get(reference="3")
    assert list(audit_ledgers()) == [Drift("test_purse", purse.pk, 75, 105, 1, last.pk)]


def test_amounts_that_make_up_for_each_other_are_still_found(purse):
    """The sum is right and the balance too; only the chain shows that history was rewritten."""
    tamper("UPDATE shopfloor_purseentry SET amount = amount + 1 WHERE reference = '1'")
    tamper("UPDATE shopfloor_purseentry SET amount = amount - 1 WHERE reference = '2'")
    first = PurseEntry.objects.get(reference="1")
    assert list(audit_ledgers()) == [Drift("test_purse", purse.pk, 75, 75, 2, first.pk)]


def test_a_history_that_went_below_the_floor_is_found(purse):
    tamper("UPDATE shopfloor_purseentry SET amount = -10, balance_after = -10 WHERE reference = '1'")
    tamper("UPDATE shopfloor_purseentry SET amount = 80, balance_after = 70 WHERE reference = '2'")
    first = PurseEntry.objects.get(reference="1")
    assert list(audit_ledgers()) == [Drift("test_purse", purse.pk, 75, 75, 1, first.pk)]


def test_a_balance_below_the_floor_is_found(purse):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE shopfloor_purseaccount DROP CONSTRAINT purse_account_floor")
    tamper("UPDATE shopfloor_purseentry SET amount = -80, balance_after = -10 WHERE reference = '2'")
    tamper("UPDATE shopfloor_purseentry SET balance_after = -5 WHERE reference = '3'")
    PurseAccount.objects.filter(pk=purse.pk).update(balance=-5)
    (drift,) = audit_ledgers()
    assert (drift.account_id, drift.balance, drift.sum_of_entries) == (purse.pk, -5, 25)
    assert drift.broken_entries == 2


def test_every_drifted_account_is_listed_and_the_others_are_not(purse):
    accounts = PurseAccount.objects.bulk_create([PurseAccount() for _ in range(1200)])
    drifted = [account.pk for account in accounts[::2]]
    PurseAccount.objects.filter(pk__in=drifted).update(balance=3)
    assert [drift.account_id for drift in audit_ledgers()] == drifted
    code, out, err = run()
    assert (code, len(out.splitlines()), err) == (1, 601, "600 accounts drifted.\n")


def fill(entries: int, accounts: int) -> None:
    """Write a right history of ``entries`` entries over ``accounts`` accounts in two statements."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO shopfloor_purseaccount (id, balance) SELECT n, %s FROM generate_series(1, %s) AS n",
            [entries // accounts, accounts],
        )
        cursor.execute(
            "INSERT INTO shopfloor_purseentry"
            " (account_id, amount, balance_after, reason, reference, memo, created_at)"
            " SELECT 1 + n %% %s, 1, 1 + n / %s, 'fill', n::text, '', now()"
            " FROM generate_series(0, %s - 1) AS n",
            [accounts, accounts, entries],
        )


def test_two_hundred_thousand_entries_take_seconds():
    fill(200_000, 1000)
    started = time.monotonic()
    assert list(audit_ledgers()) == []
    assert time.monotonic() - started < 30


@pytest.mark.full
@pytest.mark.timeout(1500)
def test_ten_million_entries_take_less_than_two_minutes():
    fill(10_000_000, 100_000)
    started = time.monotonic()
    assert list(audit_ledgers()) == []
    assert time.monotonic() - started < 120
