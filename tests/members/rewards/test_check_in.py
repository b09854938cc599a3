"""Checking in over HTTP and through the service: days, streaks, rewards, make-ups."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from members.points.errors import InsufficientPoints
from members.points.models import PointsEntry
from members.points.services import earn_points
from members.rewards.errors import CheckInClosed, DayNotMissed, MakeUpsUsed
from members.rewards.models import CheckIn, CheckInMonth
from tests.members.rewards.conftest import Travel
from tests.members.rewards.guests import Guest, cycle, rule, set_to
from tests.members.shoppers import problem

pytestmark = pytest.mark.django_db


def come(guest: Guest, travel: Travel, *march: int) -> None:
    """Check in on these days of March."""
    for day in march:
        travel(f"2026-03-{day:02d}")
        guest.check_in()


def test_the_first_day_is_rewarded_once(guest: Guest) -> None:
    cycle(5, 10, money=300)

    first = guest.phone.post("/me/check-ins")
    again = guest.phone.post("/me/check-ins", {"day": "2026-03-10"})

    assert (first.status_code, again.status_code) == (201, 200)
    assert (
        first.json()
        == again.json()
        == {
            "day": "2026-03-10",
            "streak": 1,
            "made_up": False,
            "cost": 0,
            "reward": {"points": 5, "growth": 1, "money": 0},
        }
    )
    assert guest.has == (5, 1, 0)


def test_a_streak_earns_by_its_rows_and_begins_again(guest: Guest, travel: Travel) -> None:
    cycle(5, 10, 50, money=300)
    come(guest, travel, 10, 11, 12, 13)
    assert guest.days() == [
        (f"2026-03-{day}", streak) for day, streak in ((10, 1), (11, 2), (12, 3), (13, 4))
    ]
    assert guest.has == (5 + 10 + 50 + 5, 4, 300)


def test_a_streak_can_keep_the_last_days_reward(guest: Guest, travel: Travel) -> None:
    cycle(5, 10)
    set_to("check_in_after_cycle", "keep")
    come(guest, travel, 10, 11, 12)
    assert guest.has[0] == 5 + 10 + 10


def test_a_missed_day_breaks_the_streak(guest: Guest, travel: Travel) -> None:
    come(guest, travel, 10, 11, 13)
    assert [streak for _day, streak in guest.days()] == [1, 2, 1]


def test_midnight_in_beijing_begins_the_next_day(guest: Guest, travel: Travel) -> None:
    for moment in ("2026-12-31 23:59", "2027-01-01 00:00"):
        travel(moment)
        guest.check_in()
    assert guest.days() == [("2026-12-31", 1), ("2027-01-01", 2)]


def test_the_earning_rule_comes_on_top_and_is_shown(guest: Guest) -> None:
    cycle(5)
    rule("check_in", points=2, growth=3)

    answer = guest.phone.post("/me/check-ins").json()

    assert answer["reward"] == {"points": 7, "growth": 4, "money": 0}
    assert guest.has == (7, 4, 0)
    reasons = PointsEntry.objects.filter(account=guest.id).values_list("reason", "amount")
    assert set(reasons) == {("check_in", 2), ("check_in_streak", 5)}
    assert guest.phone.get("/me/check-ins").json()["coming"][0]["reward"]["points"] == 7


def test_a_shop_without_rewards_still_counts_days(guest: Guest) -> None:
    assert guest.phone.post("/me/check-ins").json()["reward"] == {"points": 0, "growth": 0, "money": 0}
    assert guest.has == (0, 0, 0)


def test_a_closed_check_in_refuses_and_writes_nothing(guest: Guest) -> None:
    set_to("check_in_open", False)
    assert problem(guest.phone.post("/me/check-ins")) == (409, "check_in_closed")
    assert guest.phone.get("/me/check-ins").json()["open"] is False
    assert not CheckIn.objects.exists()


def test_what_was_checked_in_before_closing_is_still_answered(guest: Guest) -> None:
    guest.check_in()
    set_to("check_in_open", False)
    assert guest.check_in().is_new is False
    with pytest.raises(CheckInClosed):
        guest.check_in("2026-03-09")


# Making up


def test_a_make_up_joins_the_streaks_and_earns_what_is_missing(guest: Guest, travel: Travel) -> None:
    cycle(1, 2, 3, 4, 100)
    come(guest, travel, 10, 11, 13, 14)
    assert guest.has[0] == 1 + 2 + 1 + 2

    answer = guest.phone.post("/me/check-ins", {"day": "2026-03-12"})

    assert answer.status_code == 201
    assert answer.json() == {
        "day": "2026-03-12",
        "streak": 3,
        "made_up": True,
        "cost": 0,
        "reward": {"points": 3 + 4 + 100 - 1 - 2, "growth": 1, "money": 0},
    }
    assert guest.has[0] == 1 + 2 + 3 + 4 + 100
    assert [streak for _day, streak in guest.days()] == [1, 2, 3, 4, 5]
    assert guest.phone.post("/me/check-ins", {"day": "2026-03-12"}).status_code == 200
    assert guest.has[0] == 110


def test_make_ups_beyond_the_free_ones_cost_points(guest: Guest, travel: Travel) -> None:
    set_to("check_in_make_ups", 2)
    set_to("check_in_free_make_ups", 1)
    set_to("check_in_make_up_points", 30)
    earn_points(member_id=guest.id, amount=40, reason="gift", reference="1")

    assert guest.check_in("2026-03-08").row.cost == 0
    assert guest.check_in("2026-03-09").row.cost == 30
    with pytest.raises(MakeUpsUsed) as refused:
        guest.check_in("2026-03-07")

    assert refused.value.extra == {"limit": 2}
    assert guest.has[0] == 10
    assert guest.days() == [("2026-03-08", 1), ("2026-03-09", 2)]
    assert CheckInMonth.objects.get().made_up == 2
    travel("2026-04-02")
    assert guest.check_in("2026-04-01").row.cost == 0


def test_a_make_up_that_cannot_be_paid_leaves_nothing(guest: Guest) -> None:
    set_to("check_in_free_make_ups", 0)
    set_to("check_in_make_up_points", 30)
    cycle(100, money=500)
    with pytest.raises(InsufficientPoints):
        guest.check_in("2026-03-09")
    assert guest.has == (0, 0, 0)
    assert not CheckIn.objects.exists()
    assert not CheckInMonth.objects.exists()


def test_without_a_price_only_the_free_make_ups_are_there(guest: Guest) -> None:
    guest.check_in("2026-03-09")
    with pytest.raises(MakeUpsUsed) as refused:
        guest.check_in("2026-03-08")
    assert refused.value.extra == {"limit": 1}


@pytest.mark.parametrize("day", ["2026-02-28", "2026-03-11", "2027-03-09", "2025-03-09"])
def test_only_missed_days_of_this_month_can_be_made_up(guest: Guest, day: str) -> None:
    with pytest.raises(DayNotMissed):
        guest.check_in(day)
    assert not CheckIn.objects.exists()


def test_days_before_joining_were_not_missed(guest: Guest, travel: Travel) -> None:
    guest.member.created_at = travel("2026-03-08 00:01")
    guest.member.save()
    travel("2026-03-10")
    assert problem(guest.phone.post("/me/check-ins", {"day": "2026-03-07"})) == (409, "day_not_missed")
    assert guest.phone.get("/me/check-ins").json()["missed"] == ["2026-03-08", "2026-03-09"]
    assert guest.check_in("2026-03-08").is_new


def test_the_database_has_the_last_word_about_make_ups(guest: Guest) -> None:
    month = CheckInMonth.objects.create(member=guest.member, month=date(2026, 3, 1), made_up=1, cap=1)
    month.made_up = 2
    with pytest.raises(IntegrityError, match="rewards_month_within_cap"), transaction.atomic():
        month.save()


# The calendar


def test_the_calendar_shows_the_month_the_streak_and_what_comes(guest: Guest, travel: Travel) -> None:
    cycle(5, 10, 50, money=300)
    come(guest, travel, 7, 9, 10)

    body = guest.phone.get("/me/check-ins").json()

    assert body["today"] == "2026-03-10"
    assert body["month"] == "2026-03"
    assert [(row["day"], row["streak"]) for row in body["days"]] == guest.days()
    assert (body["streak"], body["checked_in"]) == (2, True)
    assert body["missed"] == [f"2026-03-{day:02d}" for day in (1, 2, 3, 4, 5, 6, 8)]
    assert body["make_ups"] == {"left": 1, "free": 1, "points": 0}
    assert [(row["day"][-2:], row["streak"], row["reward"]["points"]) for row in body["coming"][:4]] == [
        ("10", 2, 10),
        ("11", 3, 50),
        ("12", 4, 5),
        ("13", 5, 10),
    ]
    assert body["cycle"][2] == {"streak": 3, "reward": {"points": 50, "growth": 1, "money": 300}}


def test_a_streak_lives_until_today_is_over(guest: Guest, travel: Travel) -> None:
    come(guest, travel, 30, 31)
    travel("2026-04-01")
    body = guest.phone.get("/me/check-ins").json()
    assert (body["streak"], body["checked_in"], body["coming"][0]["streak"]) == (2, False, 3)
    assert body["missed"] == []
    march = guest.phone.get("/me/check-ins?month=2026-03").json()
    assert [row["day"] for row in march["days"]] == ["2026-03-30", "2026-03-31"]
    assert march["streak"] == 2
    travel("2026-04-02")
    assert guest.phone.get("/me/check-ins").json()["streak"] == 0


def test_nothing_is_missed_where_nothing_can_be_made_up(guest: Guest) -> None:
    set_to("check_in_make_ups", 0)
    body = guest.phone.get("/me/check-ins").json()
    assert body["missed"] == []
    assert body["make_ups"]["left"] == 0


@pytest.mark.parametrize("month", ["2026-13", "2026-3", "1999-01", "x"])
def test_a_month_that_cannot_be_is_bad_input(guest: Guest, month: str) -> None:
    assert problem(guest.phone.get(f"/me/check-ins?month={month}")) == (400, "invalid_input")


def test_somebody_elses_days_are_not_shown(guest: Guest, friend: Guest) -> None:
    guest.check_in()
    assert friend.phone.get("/me/check-ins").json()["days"] == []
