"""Posting to an account that the transaction holds already: by one statement, and by the same rules."""

import pytest

from shop.core.db import lock_row, transaction
from shop.core.errors import InsufficientBalance, LedgerConflict
from shop.core.ledger.audit import audit_ledgers
from tests.shopfloor.models import PURSE, PurseAccount, PurseEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def purse() -> PurseAccount:
    return PurseAccount.objects.create()


def post(purse: PurseAccount, amount: int, reference: str) -> PurseEntry:
    with transaction():
        account = lock_row(PurseAccount.objects.filter(pk=purse.pk))
        entry: PurseEntry = PURSE.post_locked(account, amount=amount, reason="order", reference=reference)
        assert account.balance == PurseAccount.objects.get(pk=purse.pk).balance
    return entry


def standing(purse: PurseAccount) -> tuple[int, int]:
    """How many entries there are, and the balance."""
    assert list(audit_ledgers()) == []
    return PurseEntry.objects.count(), PurseAccount.objects.get(pk=purse.pk).balance


def test_a_fresh_posting_is_one_statement(purse, django_assert_num_queries):
    with transaction():
        account = lock_row(PurseAccount.objects.filter(pk=purse.pk))
        with django_assert_num_queries(1):
            entry = PURSE.post_locked(account, amount=500, reason="order", reference="O1", memo="m")
    stored = PurseEntry.objects.get(pk=entry.pk)
    assert (stored.account_id, stored.amount, stored.balance_after) == (purse.pk, 500, 500)
    assert (stored.reason, stored.reference, stored.memo) == ("order", "O1", "m")
    assert standing(purse) == (1, 500)


def test_the_chain_runs_on(purse):
    post(purse, 500, "O1")
    assert post(purse, -200, "O2").balance_after == 300
    assert standing(purse) == (2, 300)


def test_the_same_posting_again_changes_nothing(purse):
    first = post(purse, 500, "O1")
    post(purse, 1, "O2")
    assert post(purse, 500, "O1").pk == first.pk
    assert standing(purse) == (2, 501)


def test_a_repeated_debit_is_returned_even_when_the_balance_is_gone(purse):
    post(purse, 100, "O1")
    debit = post(purse, -100, "O2")
    assert post(purse, -100, "O2").pk == debit.pk
    assert standing(purse) == (2, 0)


def test_the_same_reference_with_another_amount_is_a_conflict(purse):
    post(purse, 500, "O1")
    with pytest.raises(LedgerConflict):
        post(purse, 501, "O1")
    assert standing(purse) == (1, 500)


def test_below_the_floor_is_refused(purse):
    post(purse, 100, "O1")
    with pytest.raises(InsufficientBalance):
        post(purse, -101, "O2")
    assert standing(purse) == (1, 100)
