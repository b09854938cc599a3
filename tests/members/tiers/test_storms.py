"""Evaluations at once, from threads and processes: one rise, one gift, one history."""

import itertools
import random
import threading
from typing import Any

import pytest

from members.models import Member
from members.services.facts import record_paid_order
from members.tiers.ladder import load_tiers
from members.tiers.models import MemberTier, Tier, TierChange, TierIssue
from members.tiers.services import evaluating, issuing
from members.tiers.services.evaluating import evaluate_member
from members.tiers.services.gifting import give_calendar_gifts
from members.tiers.services.granting import end_card_tier, grant_card_tier
from members.wallet.models import WalletGiftEntry
from members.wallet.queries import balance_of
from shop.core import clock, db
from shop.core.errors import LedgerConflict
from shop.core.ledger import audit_ledgers
from tests.members.tiers.climbers import Climber, gift
from tests.processes import Child
from tests.storms import raised, storm

pytestmark = [pytest.mark.lasts(20), pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def patient_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Storms judge whether the result is right, not how fast the machine is."""
    monkeypatch.setattr(db, "LOCK_TIMEOUT_SECONDS", 60)


@pytest.fixture
def gifted(ladder: Any) -> Any:
    gift(ladder["银卡"], "level_up", money=500)
    gift(ladder["金卡"], "level_up", money=2_000, growth=10)
    return ladder


def assert_one_rise(member_id: int) -> None:
    """Joined once, every step of the history begins where the one before ended, each gift came once."""
    rows = list(TierChange.objects.filter(member_id=member_id).order_by("pk"))
    assert [row.reason for row in rows].count("joined") == 1
    assert rows[0].before_id is None
    for former, row in itertools.pairwise(rows):
        assert row.before_id == former.after_id
    assert rows[-1].after_id == MemberTier.objects.get(pk=member_id).tier_id
    assert TierIssue.objects.filter(member_id=member_id, kind="level_up").count() == 2
    assert balance_of(member_id).gift == 2_500
    assert list(audit_ledgers()) == []


def test_two_hundred_payments_and_looks_at_once(member: Member, gifted: Any) -> None:
    def act(number: int) -> None:
        if number % 2:
            record_paid_order(member_id=member.pk, amount=5_000, paid_at=clock.now())
        evaluate_member(member_id=member.pk)

    assert raised(storm(act)) == []

    assert Climber(member).tier == "金卡"
    assert_one_rise(member.pk)


def climb(member_id: int, gold: int, seed: int) -> int:
    """Fifty acts of one process, in an order of its own; run by ``tests.processes``."""
    db.LOCK_TIMEOUT_SECONDS = 60
    numbers = list(range(50))
    random.Random(seed).shuffle(numbers)
    for number in numbers:
        if number % 5 == 0:
            record_paid_order(member_id=member_id, amount=12_500, paid_at=clock.now())
            evaluate_member(member_id=member_id)
        elif number % 5 == 1:
            grant_card_tier(member_id=member_id, tier_id=gold, until=None, reference=f"C{seed}.{number % 3}")
        elif number % 5 == 2:
            end_card_tier(member_id=member_id, reference=f"C{seed}.{number % 3}")
        else:
            evaluate_member(member_id=member_id)
    return len(numbers)


def test_four_processes_of_payments_cards_and_looks(member: Member, gifted: Any) -> None:
    gold = gifted["金卡"].pk
    children = [
        Child("tests.members.tiers.test_storms.climb", member_id=member.pk, gold=gold, seed=seed)
        for seed in range(4)
    ]
    for child in children:
        child.wait_until_ready()
    for child in children:
        child.go()
    assert [child.result() for child in children] == [50] * 4

    evaluate_member(member_id=member.pk)
    assert Climber(member).row.earned == gifted["金卡"]  # 40 orders of 125.00
    assert_one_rise(member.pk)


def test_calendar_gifts_by_many_jobs_at_once(member: Member, ladder: Any) -> None:
    gift(ladder["普通"], "monthly", money=300)
    evaluate_member(member_id=member.pk)

    results = storm(lambda _number: give_calendar_gifts(), threads=30)

    assert raised(results) == []
    assert sum(results) == 1
    assert WalletGiftEntry.objects.count() == 1


def test_without_the_issue_row_the_gift_would_come_twice(
    member: Member, gifted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: nobody remembers who has had it, and each asks under a reference of its own."""
    threads = 8
    names = iter(range(10_000))

    def forgetful(**wanted: Any) -> bool:
        wanted["occasion"] = f"{wanted['occasion']}-{next(names)}"
        return issuing.issue_bundle(**wanted)

    together = threading.Barrier(threads)

    def give(_number: int) -> bool:
        together.wait(30)
        bundle = gifted["银卡"].gifts.get()
        return forgetful(
            member_id=member.pk,
            kind="level_up",
            occasion="x",
            tier_id=gifted["银卡"].pk,
            bundle=bundle,
            at=clock.now(),
        )

    storm(give, threads=threads)
    assert balance_of(member.pk).gift == 500 * threads


def test_without_the_lock_a_rise_is_noted_twice(
    member: Member, gifted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: two who read the same standing both see the rise."""
    evaluate_member(member_id=member.pk)
    record_paid_order(member_id=member.pk, amount=100_000, paid_at=clock.now())
    both_have_read = threading.Barrier(2)

    def unlocked(member_id: int, *, at: Any) -> Any:
        row = MemberTier.objects.select_related("tier", "earned").get(pk=member_id)
        both_have_read.wait(timeout=30)
        return row, load_tiers()

    monkeypatch.setattr(evaluating, "lock_standing", unlocked)
    results = storm(lambda _number: evaluate_member(member_id=member.pk), threads=2)

    assert not [error for error in raised(results) if not isinstance(error, LedgerConflict)]
    assert TierChange.objects.filter(member=member, reason="earned").count() == 2
    assert balance_of(member.pk).gift == 500  # the issue row still holds
    assert Tier.objects.count() == 3
