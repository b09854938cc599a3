"""Two hundred at once on one wallet: payments, refunds, recharges, gifts and their taking back."""

import random
import threading
from collections import Counter
from typing import Any

import pytest
from django.db.models import Sum

from members.wallet.audit import audit_wallet
from members.wallet.models import (
    PRINCIPAL,
    WalletGiftEntry,
    WalletPrincipal,
    WalletPrincipalEntry,
    WalletSpend,
)
from members.wallet.services.gifts import grant_gift, take_back_gift
from members.wallet.services.spending import credit_wallet, debit_wallet
from shop.core import db
from shop.core.errors import InsufficientBalance
from shop.core.ledger import audit_ledgers
from shop.core.ledger.posting import Ledger
from tests.members.shoppers import new_member
from tests.members.wallet.purses import Rich
from tests.processes import Child
from tests.storms import THREADS, raised, storm

pytestmark = [pytest.mark.lasts(20), pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def patient_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Storms judge whether the result is right, not how fast the machine is."""
    monkeypatch.setattr(db, "LOCK_TIMEOUT_SECONDS", 60)


@pytest.fixture
def rich() -> Rich:
    return Rich(new_member("o-storm")).given(principal=10_000, gift=5_000)


def act(member_id: int, number: int) -> str:
    """One of the six things that happen to wallets; every reference is used by several threads."""
    kind, reference = number % 6, f"S{number // 12}"
    if kind in (0, 1):
        debit_wallet(member_id=member_id, amount=300, payment_number=f"P{reference}")
    elif kind == 2:
        debit_wallet(member_id=member_id, amount=170, payment_number=f"Q{reference}")
        credit_wallet(
            member_id=member_id, amount=70, payment_number=f"Q{reference}", refund_number=f"R{reference}"
        )
    elif kind == 3:
        grant_gift(member_id=member_id, amount=90, reason="recharge_gift", reference=reference)
    elif kind == 4:
        take_back_gift(member_id=member_id, up_to=400, reason="recharge_gift_back", reference=reference)
    else:
        PRINCIPAL.post(account_id=member_id, amount=250, reason="recharge", reference=reference)
    return "done"


def assert_sound(rich: Rich) -> None:
    """Floors hold, entries sum up to the balance, each reference is there once."""
    principal, gift = rich.balance
    assert principal >= 0
    assert gift >= 0
    assert principal == WalletPrincipalEntry.objects.aggregate(sum=Sum("amount"))["sum"]
    assert gift == WalletGiftEntry.objects.aggregate(sum=Sum("amount"))["sum"]
    for entries in (WalletPrincipalEntry, WalletGiftEntry):
        references = list(entries.objects.values_list("reason", "reference"))
        assert len(references) == len(set(references))
        assert not entries.objects.filter(balance_after__lt=0).exists()
    assert list(audit_ledgers()) == []
    assert {finding.kind for finding in audit_wallet()} <= {
        "payment",
        "recharge_entries",
    }  # made without them


def test_two_hundred_threads_of_mixed_posts(rich: Rich) -> None:
    results = storm(lambda number: act(rich.id, number))

    assert {type(error) for error in raised(results)} <= {InsufficientBalance}
    assert_sound(rich)
    counted = Counter(WalletPrincipalEntry.objects.values_list("reason", flat=True))
    assert counted["recharge"] == (THREADS + 6) // 12
    spent = WalletSpend.objects.aggregate(
        principal=Sum("principal"),
        gift=Sum("gift"),
        back=Sum("returned_principal"),
        back_gift=Sum("returned_gift"),
    )
    assert (
        spent["back"] + spent["back_gift"]
        == 70 * WalletSpend.objects.filter(payment_number__startswith="Q").count()
    )


def bombard(member_id: int, seed: int) -> dict[str, int]:
    """Fifty posts of one process, in an order of its own; run by ``tests.processes``."""
    db.LOCK_TIMEOUT_SECONDS = 60
    numbers = list(range(THREADS))
    random.Random(seed).shuffle(numbers)
    outcomes: Counter[str] = Counter()
    for number in numbers[:50]:
        try:
            outcomes[act(member_id, number)] += 1
        except InsufficientBalance:
            outcomes["short"] += 1
    return dict(outcomes)


def test_four_processes_of_mixed_posts(rich: Rich) -> None:
    children = [
        Child("tests.members.wallet.test_storms.bombard", member_id=rich.id, seed=seed) for seed in range(4)
    ]
    for child in children:
        child.wait_until_ready()
    for child in children:
        child.go()
    outcomes: Counter[str] = Counter()
    for child in children:
        outcomes.update(child.result())

    assert sum(outcomes.values()) == 200
    assert set(outcomes) <= {"done", "short"}
    assert_sound(rich)


def test_one_payment_by_two_hundred_is_made_once(rich: Rich) -> None:
    results = storm(lambda _n: debit_wallet(member_id=rich.id, amount=12_000, payment_number="ONE"))

    assert raised(results) == []
    assert rich.balance == (0, 3_000)
    assert WalletSpend.objects.count() == 1


def test_the_last_money_is_spent_once(rich: Rich) -> None:
    results = storm(
        lambda number: debit_wallet(member_id=rich.id, amount=15_000, payment_number=f"P{number}"), threads=50
    )

    assert Counter(type(error).__name__ for error in raised(results)) == {"InsufficientBalance": 49}
    assert rich.balance == (0, 0)


def test_without_the_lock_posts_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: everybody reads the same balance, and the ledger's chain breaks."""
    rich = Rich(new_member("o-race")).given(principal=10_000)
    everybody_has_read = threading.Barrier(20)

    def unlocked(self: Ledger[Any, Any], account_ids: set[int]) -> dict[int, Any]:
        rows = {row.pk: row for row in WalletPrincipal.objects.filter(pk__in=account_ids)}
        everybody_has_read.wait(timeout=30)
        return rows

    monkeypatch.setattr(Ledger, "_lock_accounts", unlocked)

    storm(
        lambda number: PRINCIPAL.post(
            account_id=rich.id, amount=-100, reason="payment", reference=f"P{number}"
        ),
        threads=20,
    )

    assert WalletPrincipalEntry.objects.filter(reason="payment").count() == 20
    assert rich.balance[0] == 9_900
    assert [drift.ledger for drift in audit_ledgers()] == ["wallet_principal"]
