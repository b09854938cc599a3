"""Tasks: counted once for each deed and window, taken once, given back with the money."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from members.models import Member
from members.rewards.errors import TaskUnavailable, TaskUnfinished
from members.rewards.handlers import count_check_in
from members.rewards.models import Task, TaskClaim, TaskEvent, TaskProgress
from members.rewards.services.tasks import claim_task, count_deed, undo_deed
from shop.core.errors import NotFound
from tests.members.rewards.conftest import Travel
from tests.members.rewards.guests import Guest, settle, task
from tests.members.shoppers import problem
from tests.members.test_account import product

pytestmark = pytest.mark.django_db


def claim(guest: Guest, row: Task) -> TaskClaim:
    return claim_task(member_id=guest.id, task_id=row.pk).claim


def test_a_task_is_taken_once(guest: Guest) -> None:
    row = task("下单", "orders", points=30, growth=4, money=100)
    assert guest.tasks() == {"下单": ("open", 0)}
    guest.pays("A")
    assert guest.tasks() == {"下单": ("done", 1)}

    first = guest.phone.post(f"/me/tasks/{row.pk}/claims")
    again = guest.phone.post(f"/me/tasks/{row.pk}/claims")

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["reward"] == {"points": 30, "growth": 4, "money": 100}
    assert guest.has == (30, 4, 100)
    assert guest.tasks() == {"下单": ("claimed", 1)}


def test_an_unfinished_task_gives_nothing(guest: Guest) -> None:
    row = task("下单", "orders", goal=2)
    guest.pays("A")
    answer = guest.phone.post(f"/me/tasks/{row.pk}/claims")
    assert problem(answer) == (409, "task_unfinished")
    assert (answer.json()["done"], answer.json()["goal"]) == (1, 2)
    assert guest.has == (0, 0, 0)
    assert not TaskClaim.objects.exists()


def test_tasks_that_are_not_offered_cannot_be_taken(guest: Guest, travel: Travel) -> None:
    off = task("关闭", "profile", is_active=False)
    later = task("未开始", "profile", starts_at=travel("2026-03-11"))
    over = task("已结束", "profile", ends_at=travel("2026-03-10 09:00"))
    travel("2026-03-10")
    for row in (off, later, over):
        with pytest.raises(TaskUnavailable):
            claim(guest, row)
        assert problem(guest.phone.post(f"/me/tasks/{row.pk}/claims")) == (409, "task_unavailable")
    with pytest.raises(NotFound):
        claim_task(member_id=guest.id, task_id=over.pk + 1)
    assert guest.tasks() == {}


def test_the_same_deed_counts_once_in_a_window(guest: Guest) -> None:
    task("下单", "orders", goal=9, window="weekly")
    told = [count_deed(kind="orders", member_id=guest.id, reference="A") for _time in range(3)]
    assert told == [1, 0, 0]
    assert guest.tasks() == {"下单": ("open", 1)}


def test_a_deed_counts_for_something(guest: Guest) -> None:
    with pytest.raises(ValueError, match="something"):
        count_deed(kind="orders", member_id=guest.id, reference="A", amount=0)


@pytest.mark.parametrize(
    ("window", "same", "other"),
    [
        ("daily", "2026-03-10 23:59", "2026-03-11 00:00"),
        ("weekly", "2026-03-15 23:59", "2026-03-16 00:00"),
        ("monthly", "2026-03-31 23:59", "2026-04-01 00:00"),
    ],
)
def test_every_window_is_a_new_task(guest: Guest, travel: Travel, window: str, same: str, other: str) -> None:
    row = task("下单", "orders", window=window)
    guest.pays("A")
    claim(guest, row)
    travel(same)
    assert guest.tasks() == {"下单": ("claimed", 1)}
    travel(other)
    assert guest.tasks() == {"下单": ("open", 0)}
    with pytest.raises(TaskUnfinished):
        claim(guest, row)
    assert guest.has[0] == 10


def test_an_order_counts_in_the_window_in_which_it_was_paid(guest: Guest, travel: Travel) -> None:
    task("下单", "orders", window="daily")
    guest.pays("A", at="2026-03-09T23:59:59+08:00")
    assert guest.tasks() == {"下单": ("open", 0)}
    assert str(TaskProgress.objects.get().window) == "2026-03-09"


def test_deeds_outside_the_tasks_time_do_not_count(guest: Guest, travel: Travel) -> None:
    task("下单", "orders", starts_at=travel("2026-03-10 12:30"), ends_at=travel("2026-03-10 13:00"))
    travel("2026-03-10 12:45")
    for reference, minute in (("A", "29"), ("B", "30"), ("C", "59")):
        guest.pays(reference, at=f"2026-03-10T12:{minute}:00+08:00")
    guest.pays("D", at="2026-03-10T13:00:00+08:00")
    assert guest.tasks() == {"下单": ("done", 1)}
    assert set(TaskEvent.objects.values_list("reference", flat=True)) == {"B", "C"}


def test_free_orders_do_not_count(guest: Guest) -> None:
    task("下单", "orders")
    guest.pays("A", 0)
    assert guest.tasks() == {"下单": ("open", 0)}


# Money that goes back


def test_a_refund_takes_off_the_progress(guest: Guest) -> None:
    task("消费", "spend", goal=10_000)
    task("下单", "orders", goal=2)
    guest.pays("A", 6_000)
    guest.pays("B", 3_000)
    assert guest.tasks() == {"消费": ("open", 9_000), "下单": ("done", 2)}
    guest.gets_back("A", 1_000, whole=False)
    assert guest.tasks() == {"消费": ("open", 8_000), "下单": ("done", 2)}
    guest.gets_back("A", 5_000)
    assert guest.tasks() == {"消费": ("open", 3_000), "下单": ("open", 1)}


def test_a_reward_whose_task_is_undone_is_taken_back_for_ever(guest: Guest) -> None:
    row = task("消费", "spend", goal=5_000, points=30, growth=3, money=100)
    guest.pays("A", 6_000)
    claim(guest, row)
    guest.gets_back("A", 1_000, whole=False)
    assert guest.has == (30, 3, 100)
    guest.gets_back("A", 1, whole=False)
    assert guest.has == (0, 0, 0)
    guest.pays("B", 6_000)
    assert guest.tasks() == {"消费": ("reversed", 5_000)}
    assert claim_task(member_id=guest.id, task_id=row.pk).is_new is False
    assert guest.has == (0, 0, 0)


def test_no_more_is_taken_off_than_was_counted(guest: Guest) -> None:
    task("消费", "spend", goal=10_000)
    guest.pays("A", 4_000)
    guest.pays("B", 2_000)
    for _time in range(2):
        undo_deed(kind="spend", member_id=guest.id, reference="A", amount=3_000)
        undo_deed(kind="spend", member_id=guest.id, reference="A")
    undo_deed(kind="spend", member_id=guest.id, reference="UNKNOWN")
    assert guest.tasks() == {"消费": ("open", 2_000)}


# The other kinds


def test_a_complete_profile_is_looked_at(guest: Guest) -> None:
    row = task("资料", "profile")
    Member.objects.filter(pk=guest.id).update(nickname="小明", avatar="/media/a.png", birthday="2000-01-01")
    assert guest.tasks() == {"资料": ("open", 0)}
    Member.objects.filter(pk=guest.id).update(gender="male")
    assert guest.tasks() == {"资料": ("done", 1)}
    claim(guest, row)
    assert guest.tasks() == {"资料": ("claimed", 1)}
    assert guest.has[0] == 10


def test_a_bound_phone_is_looked_at(guest: Guest) -> None:
    task("手机", "phone")
    assert guest.tasks() == {"手机": ("open", 0)}
    Member.objects.filter(pk=guest.id).update(phone_hash="h" * 64)
    assert guest.tasks() == {"手机": ("done", 1)}


def test_favourites_count_each_product_once(guest: Guest) -> None:
    task("收藏", "favourite", goal=2)
    first, second = product().pk, product("紫砂壶").pk
    for kept in (first, first, second):
        guest.phone.put(f"/me/favourites/{kept}")
        guest.phone.delete(f"/me/favourites/{kept}")
        settle()
        if kept == first:
            assert guest.tasks() == {"收藏": ("open", 1)}
    assert guest.tasks() == {"收藏": ("done", 2)}


def test_check_ins_count_on_their_day(guest: Guest, travel: Travel) -> None:
    task("签到", "check_in", goal=2, window="weekly")
    guest.check_in()
    guest.check_in("2026-03-09")  # made up: does not count
    settle()
    assert guest.tasks() == {"签到": ("open", 1)}
    travel("2026-03-11")
    guest.check_in()
    settle()
    assert guest.tasks() == {"签到": ("done", 2)}
    count_check_in({"member_id": guest.id, "day": "2026-03-11", "made_up": False})
    assert TaskProgress.objects.get().amount == 2


def test_invited_members_count_and_stop_counting(guest: Guest, friend: Guest) -> None:
    task("邀请", "invite")
    guest.brings(friend)
    friend.pays("A")
    assert guest.tasks() == {"邀请": ("done", 1)}
    friend.gets_back("A", 5_000)
    settle()
    assert guest.tasks() == {"邀请": ("open", 0)}


def test_progress_is_everybodys_own(guest: Guest, friend: Guest) -> None:
    row = task("下单", "orders")
    guest.pays("A")
    assert friend.tasks() == {"下单": ("open", 0)}
    with pytest.raises(TaskUnfinished):
        claim(friend, row)


def test_a_list_says_what_a_task_is(guest: Guest) -> None:
    task("次要", "spend", goal=100, position=2)
    task("首要", "orders", window="daily", text="说明", position=1)
    first, second = guest.phone.get("/me/tasks").json()["results"]
    assert first == {
        "id": first["id"],
        "name": "首要",
        "text": "说明",
        "kind": "orders",
        "window": "daily",
        "goal": 1,
        "done": 0,
        "state": "open",
        "ends_at": "2026-03-11T00:00:00+08:00",
        "reward": {"points": 10, "growth": 0, "money": 0},
    }
    assert (second["name"], second["ends_at"]) == ("次要", None)


def test_impossible_tasks_are_refused(guest: Guest, travel: Travel) -> None:
    early, late = travel("2026-03-01"), travel("2026-03-02")
    for fields in (
        {"kind": "profile", "window": "daily"},
        {"kind": "phone", "goal": 2},
        {"kind": "orders", "goal": 0},
        {"kind": "orders", "starts_at": late, "ends_at": early},
    ):
        row = Task(name="x", **fields)
        with pytest.raises(ValidationError):
            row.full_clean()
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()
