"""Two hundred at once: one check-in, one claim, no invitation over its cap, no deed counted twice."""

import threading
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import QuerySet, Sum

from members.models import Member
from members.points.models import PointsEntry
from members.rewards.errors import DayNotMissed, MakeUpsUsed, TaskUnfinished
from members.rewards.models import (
    CheckIn,
    CheckInMonth,
    Invitation,
    InviteTally,
    Task,
    TaskClaim,
    TaskEvent,
    TaskProgress,
)
from members.rewards.models.invites import Condition
from members.rewards.rules import streak_on
from members.rewards.services import checking_in, invite_rewards, tasks
from members.rewards.services.checking_in import check_in
from members.rewards.services.invite_rewards import count_invitation
from members.rewards.services.tasks import claim_task, count_deed, undo_deed
from shop.core import clock, db
from shop.core.ledger import audit_ledgers
from shop.core.rows import insert_row
from tests.members.rewards.guests import Guest, cycle, invite_reward, set_to, task
from tests.members.shoppers import new_member
from tests.processes import Child
from tests.storms import THREADS, raised, storm

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def patient_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Storms judge whether the result is right, not how fast the machine is."""
    monkeypatch.setattr(db, "LOCK_TIMEOUT_SECONDS", 60)


@pytest.fixture
def guest(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Guest:
    """A member since long ago, on the 20th of a month: there are days to make up."""
    day = clock.today().replace(day=20)
    settings.SHOP_CLOCK_OFFSET = (day - clock.today()).days * 86_400
    monkeypatch.setenv("SHOP_CLOCK_OFFSET", str(settings.SHOP_CLOCK_OFFSET))  # for child processes
    member = new_member("o-storm")
    Member.objects.filter(pk=member.pk).update(created_at=clock.now() - timedelta(days=400))
    return Guest(member)


# Check-in


def test_two_hundred_check_ins_are_one(guest: Guest) -> None:
    cycle(5, 10, money=100)

    results = storm(lambda _n: check_in(member_id=guest.id).is_new)

    assert Counter(results) == {True: 1, False: THREADS - 1}
    assert CheckIn.objects.count() == 1
    assert guest.has == (5, 1, 0)
    assert PointsEntry.objects.count() == 1


def test_without_the_lock_the_unique_row_still_keeps_it_one(
    guest: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    cycle(5)
    let_everybody_look(monkeypatch)

    results = storm(lambda _n: check_in(member_id=guest.id).is_new, threads=20)

    assert Counter(results) == {True: 1, False: 19}
    assert (CheckIn.objects.count(), guest.has[0]) == (1, 5)


def test_without_lock_and_unique_row_there_are_many(guest: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: nothing keeps twenty apart, and one day is there twenty times."""
    let_everybody_look(monkeypatch)

    def insert(row: Any, *_unique: str) -> bool:
        insert_row(row)
        return True

    monkeypatch.setattr(checking_in, "insert_unless_there", insert)
    with WithoutConstraint(CheckIn, "rewards_checkin_once"):
        storm(lambda _n: check_in(member_id=guest.id), threads=20)
        assert CheckIn.objects.count() == 20
        CheckIn.objects.all().delete()


def let_everybody_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take no lock, and go on only when everybody has seen that nothing is there."""
    everybody_has_looked = threading.Barrier(20)
    looked = checking_in._streak_on

    def look(member_id: int, day: date) -> int:
        everybody_has_looked.wait(timeout=30)
        return looked(member_id, day)

    monkeypatch.setattr(checking_in, "_streak_on", look)
    monkeypatch.setattr(checking_in, "lock_member", lambda *, member_id: Member.objects.get(pk=member_id))


class WithoutConstraint:
    """A table without one of its constraints, for a negative control."""

    def __init__(self, model: Any, name: str) -> None:
        self.model = model
        self.constraint = next(one for one in model._meta.constraints if one.name == name)

    def __enter__(self) -> None:
        with connection.schema_editor() as editor:
            editor.remove_constraint(self.model, self.constraint)

    def __exit__(self, *_error: object) -> None:
        with connection.schema_editor() as editor:
            editor.add_constraint(self.model, self.constraint)


def test_make_ups_at_once_stay_within_the_month_and_the_streaks_are_true(guest: Guest) -> None:
    set_to("check_in_make_ups", 4)
    set_to("check_in_free_make_ups", 4)
    cycle(1, 2, 3)
    days = [clock.today() - timedelta(days=number) for number in range(10)]

    results = storm(lambda number: check_in(member_id=guest.id, day=days[number % 10]).row.day)

    assert {type(error) for error in raised(results)} == {MakeUpsUsed}
    found = dict(CheckIn.objects.values_list("day", "streak"))
    assert len(found) == 5
    assert days[0] in found
    assert CheckInMonth.objects.get().made_up == 4
    assert found == {day: streak_on(frozenset(found), day) for day in found}
    assert list(audit_ledgers()) == []


# Claims and deeds


def test_two_hundred_claims_are_one(guest: Guest) -> None:
    row = task("下单", "orders", points=30, money=100)
    count_deed(kind="orders", member_id=guest.id, reference="A")

    results = storm(lambda _n: claim_task(member_id=guest.id, task_id=row.pk).is_new)

    assert Counter(results) == {True: 1, False: THREADS - 1}
    assert TaskClaim.objects.count() == 1
    assert guest.has == (30, 0, 100)


def test_without_lock_and_unique_claim_there_are_many(guest: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control. (The ledger's own reference would still pay once: it is looked at below.)"""
    row = task("资料", "phone", points=30)
    Member.objects.filter(pk=guest.id).update(phone_hash="h" * 64)
    everybody_has_looked = threading.Barrier(20)

    def insert(claim: TaskClaim, *_unique: str) -> bool:
        everybody_has_looked.wait(timeout=30)
        insert_row(claim)
        return True

    monkeypatch.setattr(tasks, "lock_member", lambda *, member_id: Member.objects.get(pk=member_id))
    monkeypatch.setattr(tasks, "insert_unless_there", insert)
    with WithoutConstraint(TaskClaim, "rewards_claim_once"):
        storm(lambda _n: claim_task(member_id=guest.id, task_id=row.pk), threads=20)
        assert TaskClaim.objects.count() == 20
        assert guest.has[0] == 30
        TaskClaim.objects.all().delete()


def test_deeds_told_by_many_count_once_each(guest: Guest) -> None:
    row = task("消费", "spend", goal=10**6)

    results = storm(
        lambda number: count_deed(
            kind="spend", member_id=guest.id, reference=f"S{number // 10}", amount=100 + number // 10
        )
    )

    assert Counter(results) == {1: THREADS // 10, 0: THREADS - THREADS // 10}
    assert TaskProgress.objects.get(task=row).amount == sum(100 + n for n in range(THREADS // 10))


# Invitations


def newcomers(guest: Guest, count: int) -> list[Guest]:
    found = [Guest(new_member(f"o-new-{number}")) for number in range(count)]
    for number, newcomer in enumerate(found):
        guest.brings(newcomer, f"o-new-{number}")
    return found


def test_forty_newcomers_at_once_stay_within_the_cap(guest: Guest) -> None:
    set_to("invite_total_cap", 7)
    invite_reward("inviter", points=100)
    invite_reward("newcomer", points=10)
    new = newcomers(guest, 40)

    results = storm(
        lambda number: count_invitation(newcomer_id=new[number % 40].id, met=Condition.FIRST_ORDER),
        threads=80,
    )

    assert Counter(results) == {True: 40, False: 40}
    assert Counter(Invitation.objects.values_list("state", flat=True)) == {"rewarded": 7, "capped": 33}
    assert {tally.count for tally in InviteTally.objects.all()} == {7}
    assert guest.has[0] == 700
    assert PointsEntry.objects.filter(reason="invited").aggregate(sum=Sum("amount"))["sum"] == 400
    assert list(audit_ledgers()) == []


def test_without_the_lock_the_database_refuses_what_is_over_the_cap(
    guest: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: everybody sees room for one more; the CHECK lets one pass."""
    set_to("invite_total_cap", 1)
    new = newcomers(guest, 10)
    everybody_has_looked = threading.Barrier(10)

    def unlocked(rows: QuerySet[Any]) -> list[Any]:
        found = list(rows)
        if rows.model is InviteTally:
            everybody_has_looked.wait(timeout=30)
        return found

    # The rows are there already, so that inserting them keeps nobody waiting.
    for period in (clock.today().isoformat(), InviteTally.EVER):
        InviteTally.objects.create(member=guest.member, period=period)
    monkeypatch.setattr(invite_rewards, "lock_rows", unlocked)

    results = storm(
        lambda number: count_invitation(newcomer_id=new[number].id, met=Condition.FIRST_ORDER), threads=10
    )

    assert Counter(type(result) for result in results) == {bool: 1, IntegrityError: 9}
    assert InviteTally.objects.get(period="ever").count == 1
    assert Invitation.objects.filter(state="rewarded").count() == 1


# Everything together, from processes


def live(member_id: int, seed: int) -> dict[str, int]:
    """A hundred deeds of one member in an order of this process's own; run by ``tests.processes``."""
    db.LOCK_TIMEOUT_SECONDS = 60
    outcomes: Counter[str] = Counter()
    for number in range(100):
        try:
            outcomes[act(member_id, (number * (7 + 2 * seed)) % 100)] += 1
        except (TaskUnfinished, MakeUpsUsed, DayNotMissed) as refusal:
            outcomes[refusal.code] += 1
    return dict(outcomes)


def act(member_id: int, number: int) -> str:
    kind, reference = number % 5, f"O{number // 10}"
    if kind == 0:
        check_in(member_id=member_id)
    elif kind == 1:
        check_in(member_id=member_id, day=clock.today() - timedelta(days=number // 20 + 1))
    elif kind == 2:
        count_deed(kind="spend", member_id=member_id, reference=reference, amount=500)
    elif kind == 3:
        undo_deed(kind="spend", member_id=member_id, reference=reference, amount=150)
    else:
        claim_task(member_id=member_id, task_id=Task.objects.get().pk)
    return "done"


def test_four_processes_live_one_members_life(guest: Guest) -> None:
    set_to("check_in_free_make_ups", 3)
    cycle(1, 2, 30, money=100)
    task("消费", "spend", goal=2_000, points=40, money=70)

    children = [
        Child("tests.members.rewards.test_storms.live", member_id=guest.id, seed=seed) for seed in range(4)
    ]
    for child in children:
        child.wait_until_ready()
    for child in children:
        child.go()
    outcomes: Counter[str] = Counter()
    for child in children:
        outcomes.update(child.result())

    assert sum(outcomes.values()) == 400
    assert set(outcomes) <= {"done", "task_unfinished", "make_ups_used", "day_not_missed"}
    assert list(audit_ledgers()) == []
    days = dict(CheckIn.objects.values_list("day", "streak"))
    assert days == {day: streak_on(frozenset(days), day) for day in days}
    assert TaskProgress.objects.get().amount == TaskEvent.objects.aggregate(sum=Sum("amount"))["sum"]
    assert TaskClaim.objects.count() <= 1
    points, _growth, _money = guest.has
    assert points == PointsEntry.objects.aggregate(sum=Sum("amount"))["sum"]
