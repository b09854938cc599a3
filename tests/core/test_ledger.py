"""Ledger kit on one connection: arithmetic, idempotency, floor, and what the database refuses itself."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, connection, models, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from shop.core.errors import InsufficientBalance, LedgerConflict, NotFound, ShopError
from shop.core.ledger import Ledger, LedgerAccount, LedgerEntry, Posting, registered_ledgers
from shop.core.ledger.audit import audit_ledgers
from shop.core.money import MAX_FEN
from tests.shopfloor.models import PURSE, TILL, PurseAccount, PurseEntry, TillAccount, TillEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def purse() -> PurseAccount:
    return PurseAccount.objects.create()


def balance(account: LedgerAccount) -> int:
    account.refresh_from_db()
    return account.balance


class TestPost:
    def test_an_entry_says_what_happened(self, purse):
        entry = PURSE.post(account_id=purse.pk, amount=500, reason="recharge", reference="R1", memo="gift")
        stored = PurseEntry.objects.get()
        assert stored.pk == entry.pk
        assert (stored.account_id, stored.amount, stored.balance_after) == (purse.pk, 500, 500)
        assert (stored.reason, stored.reference, stored.memo) == ("recharge", "R1", "gift")
        assert balance(purse) == 500

    def test_the_chain_runs_on(self, purse):
        PURSE.post(account_id=purse.pk, amount=500, reason="recharge", reference="R1")
        entry = PURSE.post(account_id=purse.pk, amount=-200, reason="order", reference="O1")
        assert (entry.balance_after, balance(purse)) == (300, 300)

    def test_the_same_posting_again_changes_nothing(self, purse):
        first = PURSE.post(account_id=purse.pk, amount=500, reason="recharge", reference="R1")
        again = PURSE.post(account_id=purse.pk, amount=500, reason="recharge", reference="R1", memo="other")
        assert again.pk == first.pk
        assert (PurseEntry.objects.count(), balance(purse)) == (1, 500)

    def test_a_repeated_debit_is_returned_even_when_the_balance_is_gone(self, purse):
        PURSE.post(account_id=purse.pk, amount=100, reason="recharge", reference="R1")
        debit = PURSE.post(account_id=purse.pk, amount=-100, reason="order", reference="O1")
        assert PURSE.post(account_id=purse.pk, amount=-100, reason="order", reference="O1").pk == debit.pk
        assert balance(purse) == 0

    def test_the_same_reference_with_another_amount_is_a_conflict(self, purse):
        PURSE.post(account_id=purse.pk, amount=500, reason="recharge", reference="R1")
        with pytest.raises(LedgerConflict) as refusal:
            PURSE.post(account_id=purse.pk, amount=501, reason="recharge", reference="R1")
        assert refusal.value.status == 409
        assert refusal.value.extra == {"reason": "recharge", "reference": "R1"}
        assert (PurseEntry.objects.count(), balance(purse)) == (1, 500)

    def test_another_reason_or_account_is_another_posting(self, purse):
        other = PurseAccount.objects.create()
        PURSE.post(account_id=purse.pk, amount=1, reason="a", reference="R1")
        PURSE.post(account_id=purse.pk, amount=2, reason="b", reference="R1")
        PURSE.post(account_id=other.pk, amount=4, reason="a", reference="R1")
        assert (balance(purse), balance(other)) == (3, 4)

    def test_down_to_the_floor_and_not_below(self, purse):
        PURSE.post(account_id=purse.pk, amount=100, reason="recharge", reference="R1")
        PURSE.post(account_id=purse.pk, amount=-100, reason="order", reference="O1")
        with pytest.raises(InsufficientBalance):
            PURSE.post(account_id=purse.pk, amount=-1, reason="order", reference="O2")
        assert (PurseEntry.objects.count(), balance(purse)) == (2, 0)

    def test_without_a_floor_it_may_be_overdrawn(self):
        till = TillAccount.objects.create()
        entry = TILL.post(account_id=till.pk, amount=-700, reason="refund", reference="F1")
        assert (entry.balance_after, balance(till)) == (-700, -700)

    def test_an_unknown_account_is_not_found(self):
        with pytest.raises(NotFound):
            PURSE.post(account_id=0, amount=1, reason="a", reference="b")
        assert PurseEntry.objects.count() == 0

    @pytest.mark.parametrize(
        ("amount", "reason", "reference"),
        [(0, "a", "b"), (MAX_FEN + 1, "a", "b"), (-MAX_FEN - 1, "a", "b"), (1, "", "b"), (1, "a", "")],
    )
    def test_nonsense_is_a_mistake_of_the_caller(self, purse, amount, reason, reference):
        with pytest.raises(ValueError):
            PURSE.post(account_id=purse.pk, amount=amount, reason=reason, reference=reference)
        assert PurseEntry.objects.count() == 0

    def test_it_rolls_back_with_the_callers_transaction(self, purse):
        with transaction.atomic():
            PURSE.post(account_id=purse.pk, amount=1, reason="a", reference="b")
            transaction.set_rollback(True)
        assert (PurseEntry.objects.count(), balance(purse)) == (0, 0)

    def test_a_refusal_leaves_the_callers_transaction_usable(self, purse):
        with transaction.atomic():
            with pytest.raises(InsufficientBalance):
                PURSE.post(account_id=purse.pk, amount=-1, reason="a", reference="b")
            PURSE.post(account_id=purse.pk, amount=1, reason="a", reference="b")
        assert balance(purse) == 1


class TestPostMany:
    def test_nothing_is_nothing(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert PURSE.post_many([]) == []

    def test_several_postings_to_one_account_in_order(self, purse):
        entries = PURSE.post_many(
            [
                Posting(purse.pk, 100, "a", "1"),
                Posting(purse.pk, -60, "b", "2"),
                Posting(purse.pk, -40, "c", "3"),
            ]
        )
        assert [entry.balance_after for entry in entries] == [100, 40, 0]
        assert [entry.pk for entry in entries] == sorted(entry.pk for entry in entries)
        assert balance(purse) == 0

    def test_the_floor_holds_at_every_step_even_if_the_sum_is_fine(self, purse):
        with pytest.raises(InsufficientBalance):
            PURSE.post_many([Posting(purse.pk, -60, "b", "2"), Posting(purse.pk, 100, "a", "1")])
        assert (PurseEntry.objects.count(), balance(purse)) == (0, 0)

    def test_all_or_nothing_over_accounts(self, purse):
        poor = PurseAccount.objects.create()
        with pytest.raises(InsufficientBalance):
            PURSE.post_many([Posting(purse.pk, 100, "a", "1"), Posting(poor.pk, -1, "a", "1")])
        assert (PurseEntry.objects.count(), balance(purse), balance(poor)) == (0, 0, 0)

    def test_a_posting_made_before_is_returned_in_its_place(self, purse):
        first = PURSE.post(account_id=purse.pk, amount=100, reason="a", reference="1")
        entries = PURSE.post_many([Posting(purse.pk, 5, "a", "2"), Posting(purse.pk, 100, "a", "1")])
        assert [entry.balance_after for entry in entries] == [105, 100]
        assert entries[1].pk == first.pk
        assert balance(purse) == 105

    def test_the_same_posting_twice_in_one_call_happens_once(self, purse):
        entries = PURSE.post_many([Posting(purse.pk, 7, "a", "1"), Posting(purse.pk, 7, "a", "1")])
        assert entries[0] is entries[1]
        assert (PurseEntry.objects.count(), balance(purse)) == (1, 7)

    def test_one_reference_with_two_amounts_in_one_call_is_a_conflict(self, purse):
        with pytest.raises(LedgerConflict):
            PURSE.post_many([Posting(purse.pk, 7, "a", "1"), Posting(purse.pk, 8, "a", "1")])
        assert (PurseEntry.objects.count(), balance(purse)) == (0, 0)

    def test_mixed_keys_do_not_find_each_others_entries(self, purse):
        """(account, reason, reference) are looked up as lists; only exact triples count."""
        other = PurseAccount.objects.create()
        PURSE.post(account_id=other.pk, amount=9, reason="a", reference="2")
        PURSE.post_many([Posting(purse.pk, 1, "a", "2"), Posting(other.pk, 2, "b", "1")])
        assert (balance(purse), balance(other)) == (1, 11)

    def test_four_queries_however_many_postings(self, django_assert_num_queries):
        accounts = [PurseAccount.objects.create() for _ in range(50)]
        postings = [Posting(account.pk, 3, "a", str(n)) for account in accounts for n in range(4)]
        with django_assert_num_queries(6):  # lock, look up, insert, update; and two to open and close
            PURSE.post_many(postings)
        assert {account.balance for account in PurseAccount.objects.all()} == {12}
        with django_assert_num_queries(4):
            PURSE.post_many(postings)
        assert PurseEntry.objects.count() == 200


class TestTheDatabaseItself:
    def test_holds_the_floor(self, purse):
        with pytest.raises(IntegrityError, match="purse_account_floor"):
            PurseAccount.objects.filter(pk=purse.pk).update(balance=-1)

    def test_refuses_a_second_entry_of_one_reference(self, purse):
        PURSE.post(account_id=purse.pk, amount=1, reason="a", reference="b")
        with pytest.raises(IntegrityError, match="purse_entry_once"):
            PurseEntry.objects.create(
                account=purse, amount=1, balance_after=2, reason="a", reference="b", memo=""
            )

    def test_refuses_an_entry_of_zero(self, purse):
        with pytest.raises(IntegrityError, match="purse_entry_not_zero"):
            PurseEntry.objects.create(account=purse, amount=0, balance_after=0, reason="a", reference="b")

    @pytest.mark.parametrize(
        "sql", ["UPDATE shopfloor_purseentry SET memo = 'x'", "DELETE FROM shopfloor_purseentry"]
    )
    def test_refuses_to_change_history(self, purse, sql):
        PURSE.post(account_id=purse.pk, amount=1, reason="a", reference="b")
        with (
            pytest.raises(IntegrityError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
        assert PurseEntry.objects.get().memo == ""


class TestRegistry:
    def test_ledgers_are_known_by_name(self):
        assert registered_ledgers()["test_purse"] is PURSE
        assert repr(PURSE) == "<Ledger test_purse>"

    def test_registering_the_same_again_is_fine(self):
        before = registered_ledgers()
        again = Ledger(PurseAccount, PurseEntry, "test_purse")
        assert registered_ledgers() == before
        assert (again.account_model, again.entry_model) == (PurseAccount, PurseEntry)

    def test_two_ledgers_of_one_name_are_a_mistake(self):
        with pytest.raises(ImproperlyConfigured, match="test_purse"):
            Ledger(TillAccount, TillEntry, "test_purse")
        assert registered_ledgers()["test_purse"] is PURSE

    def test_an_account_without_its_check_is_a_mistake(self):
        class BareAccount(LedgerAccount):
            class Meta:
                app_label = "shopfloor_unregistered"

        with pytest.raises(ImproperlyConfigured, match="floor_constraints"):
            Ledger(BareAccount, PurseEntry, "bare")
        assert "bare" not in registered_ledgers()

    def test_an_entry_without_its_unique_key_is_a_mistake(self):
        class BareEntry(LedgerEntry):
            account = models.ForeignKey(PurseAccount, on_delete=models.PROTECT)

            class Meta:
                app_label = "shopfloor_unregistered"

        with pytest.raises(ImproperlyConfigured, match="entry_constraints"):
            Ledger(PurseAccount, BareEntry, "bare")
        assert "bare" not in registered_ledgers()


postings = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(-50, 50).filter(bool),
        st.sampled_from(["a", "b"]),
        st.integers(0, 5).map(str),
    ),
    max_size=12,
)


class TestSequences(TestCase):
    """Any sequence of calls agrees with a dictionary that does the same in the simplest way."""

    @settings(max_examples=60, deadline=None)
    @given(st.lists(postings, max_size=5))
    def test_agrees_with_the_simplest_model(self, calls):
        accounts = [PurseAccount.objects.create() for _ in range(3)]
        model_balances = [0, 0, 0]
        model_entries: dict[tuple[int, str, str], int] = {}
        for call in calls:
            balances, entries = list(model_balances), dict(model_entries)
            refusal: type[ShopError] | None = None
            for index, amount, reason, reference in call:
                key = (index, reason, reference)
                if key in entries:
                    refusal = refusal or (LedgerConflict if entries[key] != amount else None)
                elif balances[index] + amount < 0:
                    refusal = refusal or InsufficientBalance
                else:
                    balances[index] += amount
                    entries[key] = amount
                if refusal:
                    break
            given_postings = [
                Posting(accounts[index].pk, amount, reason, reference)
                for index, amount, reason, reference in call
            ]
            if refusal:
                with pytest.raises(refusal):
                    PURSE.post_many(given_postings)
            else:
                PURSE.post_many(given_postings)
                model_balances, model_entries = balances, entries
        assert [balance(account) for account in accounts] == model_balances
        assert PurseEntry.objects.count() == len(model_entries)
        assert list(audit_ledgers()) == []
