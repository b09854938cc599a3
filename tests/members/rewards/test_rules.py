"""Streaks, cycles, make-ups, months and windows: pure."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.gifts import Gifts
from members.rewards.rules import (
    KEEP,
    ONCE_WINDOW,
    Cycle,
    add_gifts,
    beijing_day,
    current_streak,
    make_up,
    missed_days,
    month_days,
    streak_on,
    window_end,
    window_start,
)

DAY = timedelta(days=1)


def days(*texts: str) -> frozenset[date]:
    return frozenset(date.fromisoformat(text) for text in texts)


@pytest.mark.parametrize(
    ("checked", "today", "streak"),
    [
        ((), "2026-03-01", 0),
        (("2026-03-01",), "2026-03-01", 1),
        (("2026-02-28",), "2026-03-01", 1),
        (("2026-02-27",), "2026-03-01", 0),
        (("2026-02-27", "2026-02-28", "2026-03-01"), "2026-03-01", 3),
        (("2028-02-28", "2028-02-29", "2028-03-01"), "2028-03-01", 3),
        (("2028-02-28", "2028-03-01"), "2028-03-01", 1),
        (("2025-12-30", "2025-12-31", "2026-01-01"), "2026-01-02", 3),
    ],
)
def test_a_streak_passes_the_ends_of_months_and_years(
    checked: tuple[str, ...], today: str, streak: int
) -> None:
    assert current_streak(days(*checked), date.fromisoformat(today)) == streak


def test_a_cycle_begins_again_or_keeps_its_last_day() -> None:
    rewards = {1: Gifts(points=1), 3: Gifts(points=9, money=100)}
    again, keep = Cycle(rewards), Cycle(rewards, KEEP)

    assert [again.reward(n).points for n in range(1, 8)] == [1, 0, 9, 1, 0, 9, 1]
    assert [keep.reward(n).points for n in range(1, 8)] == [1, 0, 9, 9, 9, 9, 9]
    assert again.reward(6).money == 100
    assert Cycle({}).reward(5) == Gifts()
    with pytest.raises(ValueError, match="first day"):
        again.reward(0)


def test_a_make_up_joins_two_streaks_and_earns_the_difference() -> None:
    """Days 1 to 3, day 4 missed, days 5 to 7 came as 1 to 3: filling day 4 makes them 5 to 7."""
    cycle = Cycle({n: Gifts(points=points) for n, points in enumerate((1, 2, 3, 4, 5, 6, 70), start=1)})
    fourth = date(2026, 3, 4)
    following = [(fourth + DAY * n, n) for n in (1, 2, 3)]

    filled = make_up(cycle=cycle, before=3, day=fourth, following=following)

    assert filled.positions == {fourth + DAY * n: 4 + n for n in range(4)}
    assert filled.reward == Gifts(points=4 + 5 + 6 + 70 - 1 - 2 - 3)


def test_a_make_up_never_takes_away() -> None:
    cycle = Cycle({1: Gifts(points=50), 2: Gifts(points=1)}, KEEP)
    day = date(2026, 3, 4)
    assert make_up(cycle=cycle, before=1, day=day, following=[(day + DAY, 1)]).reward == Gifts()


def test_a_make_up_wants_days_without_a_gap() -> None:
    day = date(2026, 3, 4)
    with pytest.raises(ValueError, match="gap"):
        make_up(cycle=Cycle({}), before=0, day=day, following=[(day + DAY * 2, 1)])


MARCH = month_days(date(2026, 3, 1))


@given(
    checked=st.sets(st.sampled_from(MARCH), min_size=1),
    order=st.randoms(),
    points=st.lists(st.integers(0, 100), min_size=1, max_size=9),
)
def test_days_in_any_order_end_with_the_true_streaks(
    checked: set[date], order: object, points: list[int]
) -> None:
    """Come on some days, fill some gaps in any order: every day stands where counting puts it, and all of it
    earned at least what an unbroken streak would have, once."""
    cycle = Cycle({n: Gifts(points=amount) for n, amount in enumerate(points, start=1)})
    came = sorted(day for day in checked if order.random() < 0.7)  # type: ignore[attr-defined]
    gaps = sorted(checked - set(came))
    order.shuffle(gaps)  # type: ignore[attr-defined]
    position: dict[date, int] = {}
    earned = Gifts()
    for day in came:
        position[day] = position.get(day - DAY, 0) + 1
        earned = add_gifts(earned, cycle.reward(position[day]))
    for day in gaps:
        following: list[tuple[date, int]] = []
        while (later := day + DAY * (len(following) + 1)) in position:
            following.append((later, position[later]))
        filled = make_up(cycle=cycle, before=position.get(day - DAY, 0), day=day, following=following)
        position.update(filled.positions)
        earned = add_gifts(earned, filled.reward)

    assert position == {day: streak_on(frozenset(checked), day) for day in checked}
    assert earned.points >= sum(cycle.reward(streak).points for streak in position.values())


def test_missed_days_lie_in_this_month_after_joining() -> None:
    today = date(2026, 3, 6)
    checked = days("2026-03-02", "2026-03-05")
    missed = missed_days(days=checked, today=today, joined=date(2020, 1, 1))
    assert [day.day for day in missed] == [1, 3, 4]
    assert missed_days(days=checked, today=today, joined=date(2026, 3, 4)) == [date(2026, 3, 4)]
    assert missed_days(days=checked, today=today, joined=today) == []
    assert missed_days(days=frozenset(), today=date(2026, 3, 1), joined=date(2020, 1, 1)) == []


@pytest.mark.parametrize(
    ("window", "day", "start", "end"),
    [
        ("daily", "2026-02-28", "2026-02-28", "2026-03-01"),
        ("weekly", "2026-03-01", "2026-02-23", "2026-03-02"),
        ("weekly", "2026-03-02", "2026-03-02", "2026-03-09"),
        ("monthly", "2028-02-29", "2028-02-01", "2028-03-01"),
        ("monthly", "2026-12-31", "2026-12-01", "2027-01-01"),
    ],
)
def test_windows_follow_the_calendar_of_beijing(window: str, day: str, start: str, end: str) -> None:
    began = window_start(window, date.fromisoformat(day))
    assert began == date.fromisoformat(start)
    assert window_end(window, began) == datetime.fromisoformat(f"{end}T00:00:00+08:00")


def test_what_is_done_once_has_one_window_without_end() -> None:
    assert window_start("once", date(2026, 3, 1)) == ONCE_WINDOW
    assert window_end("once", ONCE_WINDOW) is None


def test_a_day_begins_at_midnight_in_beijing() -> None:
    assert beijing_day(datetime.fromisoformat("2026-02-28T15:59:59+00:00")) == date(2026, 2, 28)
    assert beijing_day(datetime.fromisoformat("2026-02-28T16:00:00+00:00")) == date(2026, 3, 1)
    assert len(month_days(date(2028, 2, 15))) == 29
