"""Paying from the wallet: which balance pays, what goes back, and when the password is asked for."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError

from members.wallet.errors import WalletPasswordMissing, WalletTokenInvalid, WalletTokenRequired
from members.wallet.models import (
    WalletGift,
    WalletPassword,
    WalletPrincipal,
    WalletPrincipalEntry,
    WalletSpend,
)
from members.wallet.services.authority import issue_token, needs_password
from members.wallet.services.gifts import grant_gift, take_back_gift
from members.wallet.services.spending import credit_wallet, debit_wallet
from shop.core import clock
from shop.core.errors import InsufficientBalance, LedgerConflict, NotFound
from shop.core.ledger import audit_ledgers
from tests.members.wallet.purses import Rich, set_to


def pay(rich: Rich, amount: int, number: str = "P1", **more: object) -> None:
    debit_wallet(member_id=rich.id, amount=amount, payment_number=number, **more)  # type: ignore[arg-type]


def refund(rich: Rich, amount: int, refund_number: str, number: str = "P1") -> None:
    credit_wallet(member_id=rich.id, amount=amount, payment_number=number, refund_number=refund_number)


@pytest.mark.parametrize(
    ("order", "after"),
    [("principal_first", (0, 1_000)), ("gift_first", (1_000, 0)), ("proportional", (769, 231))],
)
def test_the_setting_decides_which_balance_pays(rich: Rich, order: str, after: tuple[int, int]) -> None:
    set_to("wallet_spending_order", order)

    pay(rich, 12_000)

    assert rich.balance == after
    spend = WalletSpend.objects.get()
    assert (spend.principal, spend.gift) == (10_000 - after[0], 3_000 - after[1])
    assert (spend.spending_order, spend.verified) == (order, False)
    assert list(audit_ledgers()) == []


def test_refunds_return_the_split_even_when_the_rules_change(rich: Rich) -> None:
    set_to("wallet_spending_order", "gift_first")
    pay(rich, 12_000)
    set_to("wallet_spending_order", "principal_first")
    set_to("wallet_refund_rule", "reverse")

    refund(rich, 4_000, "R1")
    assert rich.balance == (5_000, 0)

    set_to("wallet_refund_rule", "proportional")
    refund(rich, 5_000, "R2")
    assert rich.balance == (7_750, 2_250)
    refund(rich, 3_000, "R3")

    assert rich.balance == (10_000, 3_000)
    spend = WalletSpend.objects.get()
    assert (spend.returned_principal, spend.returned_gift) == (9_000, 3_000)


def test_the_same_again_changes_nothing_and_another_amount_is_refused(rich: Rich) -> None:
    pay(rich, 12_000)
    pay(rich, 12_000)
    refund(rich, 4_000, "R1")
    refund(rich, 4_000, "R1")
    before = rich.balance

    with pytest.raises(LedgerConflict):
        pay(rich, 11_999)
    with pytest.raises(LedgerConflict):
        refund(rich, 3_999, "R1")
    with pytest.raises(NotFound):
        refund(rich, 1, "R2", number="UNKNOWN")

    assert rich.balance == before == (3_333, 1_667)


def test_too_little_changes_nothing(rich: Rich) -> None:
    with pytest.raises(InsufficientBalance):
        pay(rich, 13_001)

    assert rich.balance == (10_000, 3_000)
    assert not WalletSpend.objects.exists()


def test_a_member_who_never_had_money_has_too_little(member: object) -> None:
    with pytest.raises(InsufficientBalance):
        pay(Rich(member), 1)  # type: ignore[arg-type]


def test_the_database_has_the_last_word(rich: Rich) -> None:
    pay(rich, 12_000)
    for change in ({"returned_principal": 10_001}, {"returned_gift": -1}, {"principal": 0, "gift": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            WalletSpend.objects.update(**change)
    for model in (WalletPrincipal, WalletGift):
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.update(balance=-1)
    with pytest.raises(DatabaseError), transaction.atomic():
        WalletPrincipalEntry.objects.update(amount=1)


def test_gift_money_is_taken_back_up_to_what_is_left(rich: Rich) -> None:
    grant_gift(member_id=rich.id, amount=500, reason="card", reference="C1")
    grant_gift(member_id=rich.id, amount=500, reason="card", reference="C1")
    assert rich.balance == (10_000, 3_500)

    def take(up_to: int, reference: str) -> int:
        return take_back_gift(member_id=rich.id, up_to=up_to, reason="card_back", reference=reference)

    assert take(3_000, "C1") == 3_000
    assert take(3_000, "C1") == 3_000
    assert take(3_000, "C2") == 500
    assert take(3_000, "C3") == 0
    assert rich.balance == (10_000, 0)


def test_a_gift_of_nothing_is_a_mistake(rich: Rich) -> None:
    with pytest.raises(ValueError, match="worth"):
        grant_gift(member_id=rich.id, amount=0, reason="card", reference="C1")
    with pytest.raises(ValueError, match="below zero"):
        take_back_gift(member_id=rich.id, up_to=-1, reason="card", reference="C1")


@pytest.fixture
def guarded(rich: Rich) -> Rich:
    """With a payment password: 50.00 at once and 80.00 a day go without it."""
    WalletPassword.objects.create(member=rich.member, password="!", changed_at=clock.now())
    set_to("wallet_free_payment_fen", 5_000)
    set_to("wallet_free_day_fen", 8_000)
    return rich


def token(rich: Rich) -> str:
    return issue_token(WalletPassword.objects.get(pk=rich.id))


def test_small_payments_go_without_password_up_to_the_limit_of_the_day(
    guarded: Rich, shift_clock: Callable[[float], None]
) -> None:
    pay(guarded, 5_000, "P1")
    with pytest.raises(WalletTokenRequired):
        pay(guarded, 5_001, "P2")
    with pytest.raises(WalletTokenRequired):
        pay(guarded, 3_001, "P2")
    assert needs_password(member_id=guarded.id, amount=3_001)
    assert not needs_password(member_id=guarded.id, amount=3_000)
    pay(guarded, 3_000, "P2")
    assert guarded.balance == (2_000, 3_000)

    pay(guarded, 4_000, "P3", wallet_token=token(guarded))

    refund(guarded, 1_000, "R1", "P2")
    pay(guarded, 1_000, "P4")
    with pytest.raises(WalletTokenRequired):
        pay(guarded, 1, "P5")
    shift_clock(timedelta(days=1).total_seconds())
    pay(guarded, 1, "P5")
    assert sum(guarded.balance) == 13_000 - 5_000 - 3_000 - 4_000 + 1_000 - 1_000 - 1


def test_a_token_is_the_members_own_fresh_and_of_the_present_password(
    guarded: Rich, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = token(guarded)
    other = Rich(type(guarded.member).objects.create(created_at=clock.now(), last_seen_at=clock.now()))
    foreign = WalletPassword.objects.create(member=other.member, password="!", changed_at=clock.now())
    for wrong in (good + "x", "nonsense", issue_token(foreign)):
        with pytest.raises(WalletTokenInvalid):
            pay(guarded, 1, wallet_token=wrong)
    WalletPassword.objects.filter(pk=guarded.id).update(version=2)
    with pytest.raises(WalletTokenInvalid):
        pay(guarded, 1, wallet_token=good)
    fresh = token(guarded)
    monkeypatch.setattr("members.wallet.services.authority.TOKEN_SECONDS", -1)
    with pytest.raises(WalletTokenInvalid):
        pay(guarded, 1, wallet_token=fresh)
    assert guarded.balance == (10_000, 3_000)


def test_what_was_agreed_before_needs_no_password(guarded: Rich) -> None:
    pay(guarded, 12_000, agreed=True)

    assert guarded.balance == (0, 1_000)


def test_a_shop_may_demand_a_password(rich: Rich) -> None:
    assert not needs_password(member_id=rich.id, amount=1)
    set_to("wallet_password_required", True)

    with pytest.raises(WalletPasswordMissing):
        pay(rich, 1)

    assert needs_password(member_id=rich.id, amount=1)
    assert not needs_password(member_id=rich.id, amount=0)
    assert rich.balance == (10_000, 3_000)
