"""Two hundred at once on one member's points: earned, spent, returned, taken back, expired."""

import random
import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from members.points.audit import audit_points
from members.points.errors import InsufficientPoints, MallGoodsLimited, MallGoodsSoldOut
from members.points.models import POINTS, MallGoods, PointsAccount, PointsEntry, PointsLot, PointsSpend
from members.points.services import (
    earn_points,
    grant_rule,
    lapsing,
    return_points,
    spend_points,
    take_back_points,
)
from members.points.services.mall import release_goods, take_goods
from shop.core import clock, db
from shop.core.ledger import audit_ledgers
from shop.core.ledger.posting import Ledger
from tests.catalog.factories import make_sku
from tests.members.points.savers import Saver, rule
from tests.members.shoppers import new_member
from tests.processes import Child
from tests.storms import THREADS, raised, storm

pytestmark = [pytest.mark.lasts(20), pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def patient_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Storms judge whether the result is right, not how fast the machine is."""
    monkeypatch.setattr(db, "LOCK_TIMEOUT_SECONDS", 60)


@pytest.fixture
def saver() -> Saver:
    saver = Saver(new_member("o-points-storm"))
    for _n in range(5):
        saver.given(2_000)
    return saver


def act(member_id: int, number: int) -> str:
    """One of the things that happen to points; every reference is used by several threads."""
    kind, reference = number % 6, f"S{number // 12}"
    if kind in (0, 1):
        spend_points(member_id=member_id, amount=300, reason="order_points", reference=f"P{reference}")
    elif kind == 2:
        spend_points(member_id=member_id, amount=170, reason="order_points", reference=f"Q{reference}")
        return_points(member_id=member_id, reference=f"Q{reference}", amount=70, cause="R")
    elif kind == 3:
        soon = clock.now() + timedelta(milliseconds=300)
        earn_points(member_id=member_id, amount=90, reason="share", reference=reference, expires_at=soon)
    elif kind == 4:
        take_back_points(member_id=member_id, up_to=400, reason="gift_back", reference=reference)
    else:
        lapsing.expire_batch()
    return "done"


def assert_sound(saver: Saver) -> None:
    """Floors hold, lots and entries sum up to the balance, each reference is there once."""
    assert list(audit_ledgers()) == []
    assert list(audit_points()) == []
    entries = list(PointsEntry.objects.values_list("reason", "reference"))
    assert len(entries) == len(set(entries))
    assert not PointsEntry.objects.filter(balance_after__lt=0).exists()
    assert saver.booked == sum(left for _amount, left, _expired in saver.lots())


def test_two_hundred_threads_of_mixed_posts(saver: Saver) -> None:
    results = storm(lambda number: act(saver.id, number))

    assert {type(error) for error in raised(results)} <= {InsufficientPoints}
    assert_sound(saver)
    assert PointsLot.objects.filter(source="share").count() == (THREADS + 8) // 12
    returned = PointsSpend.objects.filter(returned__gt=0)
    assert set(returned.values_list("returned", flat=True)) <= {70}


def bombard(member_id: int, seed: int) -> dict[str, int]:
    """Fifty posts of one process, in an order of its own; run by ``tests.processes``."""
    db.LOCK_TIMEOUT_SECONDS = 60
    numbers = list(range(THREADS))
    random.Random(seed).shuffle(numbers)
    outcomes: Counter[str] = Counter()
    for number in numbers[:50]:
        try:
            outcomes[act(member_id, number)] += 1
        except InsufficientPoints:
            outcomes["short"] += 1
    return dict(outcomes)


def test_four_processes_of_mixed_posts(saver: Saver) -> None:
    children = [
        Child("tests.members.points.test_storms.bombard", member_id=saver.id, seed=seed) for seed in range(4)
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
    assert_sound(saver)


def test_the_last_points_are_spent_once(saver: Saver) -> None:
    results = storm(
        lambda number: spend_points(
            member_id=saver.id, amount=10_000, reason="order_points", reference=f"O{number}"
        ),
        threads=50,
    )

    assert Counter(type(error).__name__ for error in raised(results)) == {"InsufficientPoints": 49}
    assert (saver.points, saver.booked) == (0, 0)
    assert_sound(saver)


def test_a_deed_that_two_hundred_report_is_rewarded_once_and_caps_hold(saver: Saver) -> None:
    rule("share", points=7, growth=1, points_per_day=700)

    results = storm(lambda number: grant_rule(kind="share", member_id=saver.id, reference=f"G{number // 2}"))

    assert raised(results) == []
    assert (saver.points, saver.growth) == (10_700, 100)
    assert_sound(saver)


def test_mall_goods_are_never_oversold_and_nobody_has_too_many() -> None:
    goods = MallGoods.objects.create(sku=make_sku(), points=1, quota=30, limit_per_member=4)
    members = [new_member(f"o-mall-{number}").pk for number in range(10)]

    def take(number: int) -> None:
        reference = f"M{number}"
        take_goods(goods_id=goods.pk, member_id=members[number % 10], quantity=1, reference=reference)
        if number % 3 == 0:
            release_goods(reference=reference)

    results = storm(take, threads=150)

    assert {type(error) for error in raised(results)} <= {MallGoodsSoldOut, MallGoodsLimited}
    goods.refresh_from_db()
    assert goods.sold <= 30
    assert list(audit_points()) == []


def test_without_the_lock_the_database_still_refuses_to_oversell(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: everybody sees five pieces left; the CHECK has the last word."""
    goods = MallGoods.objects.create(sku=make_sku(), points=1, quota=5)
    members = [new_member(f"o-race-{number}").pk for number in range(20)]
    everybody_has_read = threading.Barrier(20)

    def unlocked(goods_id: int) -> MallGoods:
        found = MallGoods.objects.get(pk=goods_id)
        everybody_has_read.wait(timeout=30)
        return found

    monkeypatch.setattr("members.points.services.mall._lock_goods", unlocked)

    results = storm(
        lambda number: take_goods(
            goods_id=goods.pk, member_id=members[number], quantity=1, reference=f"M{number}"
        ),
        threads=20,
    )

    assert Counter(type(error).__name__ for error in raised(results)) == {"IntegrityError": 15}
    goods.refresh_from_db()
    assert goods.sold == 5
    assert list(audit_points()) == []


def test_without_the_lock_posts_are_lost(saver: Saver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: everybody reads the same balance, and lots and ledger part company."""
    everybody_has_read = threading.Barrier(20)

    def unlocked(member_id: int) -> PointsAccount:
        return PointsAccount.objects.get(pk=member_id)

    def unlocked_ledger(self: Ledger[Any, Any], account_ids: set[int]) -> dict[int, Any]:
        rows = {row.pk: row for row in PointsAccount.objects.filter(pk__in=account_ids)}
        everybody_has_read.wait(timeout=30)
        return rows

    monkeypatch.setattr("members.points.services.earning.lock_points", unlocked)
    monkeypatch.setattr(Ledger, "_lock_accounts", unlocked_ledger)

    storm(
        lambda number: earn_points(member_id=saver.id, amount=10, reason="share", reference=f"N{number}"),
        threads=20,
    )

    assert PointsEntry.objects.filter(reason="share").count() == 20
    assert saver.booked == 10_010
    assert {finding.kind for finding in audit_points()} == {"lots"}
    assert [drift.ledger for drift in audit_ledgers()] == [POINTS.name]
