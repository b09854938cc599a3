"""The ladder, pure: what is earned, kept and lost; three years of days, 29 February included."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.tiers.rules import (
    Distance,
    Facts,
    Fall,
    Goal,
    Grant,
    Ladder,
    Rung,
    Standing,
    add_months,
    assess,
    beijing_midnight,
    birthdays_on,
    effective,
    enter,
    next_look,
    next_rung,
    passed_levels,
    period_end,
    rung_at,
)

BASIC = Rung(1, 1)
SILVER = Rung(2, 2, Goal(spent=1_000), keep_months=12)
GOLD = Rung(3, 3, Goal(spent=5_000, orders=20), keep_months=12, keep=Goal(spent=3_000), grace_days=7)
BLACK = Rung(4, 4)  # had only by card or hand
LADDER: Ladder = (BASIC, SILVER, GOLD, BLACK)
START = date(2024, 2, 29)


def go(
    standing: Standing, facts: Facts, on: date, *, fall: str = Fall.ONE_LEVEL, ladder: Ladder = LADDER
) -> tuple[Standing, list[str]]:
    after, steps = assess(ladder, standing, facts, on=on, fall=fall)
    assert assess(ladder, after, facts, on=on, fall=fall) == (after, [])  # the same again changes nothing
    return after, steps


@pytest.fixture
def gold() -> Standing:
    return go(enter(LADDER, on=START), Facts(spent=6_000), START)[0]


def test_a_new_member_has_the_lowest_tier() -> None:
    assert enter(LADDER, on=START) == Standing(1, START, START, base_level=1)


@pytest.mark.parametrize(
    ("facts", "level", "basis"),
    [
        (Facts(spent=999), 1, ""),
        (Facts(spent=1_000), 2, "spent"),
        (Facts(spent=5_000), 3, "spent"),
        (Facts(orders=20), 3, "orders"),
        (Facts(growth=10**9, spent=10**9, orders=10**6), 3, "spent"),  # nothing reaches black
    ],
)
def test_the_highest_tier_that_is_reached_is_earned(facts: Facts, level: int, basis: str) -> None:
    after, steps = go(enter(LADDER, on=START), facts, START)
    assert (after.level, after.proof_basis) == (level, basis)
    assert steps == (["earned"] if level > 1 else [])
    assert after.start == (facts if level > 1 else Facts())


def test_a_tier_is_kept_when_enough_was_gained_in_its_time(gold: Standing) -> None:
    assert gold.keep_until == date(2025, 2, 28)
    short = go(gold, Facts(spent=8_999), date(2025, 2, 27))
    kept, steps = go(gold, Facts(spent=9_000), date(2025, 2, 28))
    assert short == (gold, [])
    assert steps == []
    assert (kept.level, kept.keep_until, kept.start) == (3, date(2026, 2, 28), Facts(spent=9_000))


def test_the_grace_waits_and_then_the_tier_is_lost_by_one(gold: Standing) -> None:
    """The end is on the 28th; within seven days the missing part may still be gained."""
    last = date(2025, 3, 6)
    assert go(gold, Facts(spent=6_000), last)[0].level == 3
    assert go(gold, Facts(spent=9_000), last)[0].keep_until == date(2026, 2, 28)
    fallen, steps = go(gold, Facts(spent=6_000), last + timedelta(days=1))
    assert steps == ["lapsed"]
    assert (fallen.level, fallen.base_level, fallen.lapsed_level, fallen.lapses) == (2, 2, 3, 1)
    assert fallen.keep_until == date(2026, 3, 7)
    assert fallen.start == Facts(spent=6_000)


@pytest.mark.parametrize(
    ("fall", "gained", "level"),
    [
        (Fall.ONE_LEVEL, 0, 2),
        (Fall.LOWEST, 2_999, 1),
        (Fall.GAINED, 2_999, 2),
        (Fall.GAINED, 999, 1),
    ],
)
def test_where_a_member_falls(gold: Standing, fall: str, gained: int, level: int) -> None:
    after, _steps = go(gold, Facts(spent=6_000 + gained), date(2025, 3, 7), fall=fall)
    assert after.level == level


def test_a_lost_tier_must_be_earned_anew(gold: Standing) -> None:
    fallen, _ = go(gold, Facts(spent=6_000), date(2025, 3, 7))
    assert go(fallen, Facts(spent=10_999), date(2025, 6, 1))[0].level == 2
    risen, steps = go(fallen, Facts(spent=11_000), date(2025, 6, 1))
    assert steps == ["earned"]
    assert (risen.level, risen.proof_value, risen.lapsed_level, risen.base_level) == (3, 11_000, 3, 2)


def test_three_years_of_renewals_come_back_to_the_29th(gold: Standing) -> None:
    """A tier reached on a 29 February ends on the 28th and, in the leap year, on the 29th again."""
    ends, spent, standing, day = [], 6_000, gold, START
    while day < date(2028, 3, 10):
        day += timedelta(days=1)
        if day.day == 1:
            spent += 250  # 3 000 a year
        before = standing.keep_until
        standing, steps = go(standing, Facts(spent=spent), day)
        assert steps == []
        if standing.keep_until != before:
            ends.append(day)
    assert ends == [date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28), date(2028, 2, 29)]
    assert standing.level == 3
    assert standing.keep_until == date(2029, 2, 28)


def test_three_idle_years_go_down_step_by_step(gold: Standing) -> None:
    seen, standing, day = [], gold, START
    while day < date(2027, 12, 31):
        day += timedelta(days=1)
        standing, steps = go(standing, Facts(spent=6_000), day)
        seen += [(day, step, standing.level) for step in steps]
    assert seen == [(date(2025, 3, 7), "lapsed", 2), (date(2026, 3, 7), "lapsed", 1)]
    assert (standing.keep_until, standing.lapses, standing.lapsed_level) == (None, 2, 3)


def test_a_job_that_slept_for_years_decides_once(gold: Standing) -> None:
    kept, _ = go(gold, Facts(spent=9_000), date(2026, 8, 1))
    assert (kept.level, kept.keep_until) == (3, date(2027, 2, 28))
    fallen, _ = go(gold, Facts(spent=6_000), date(2026, 8, 1))
    assert (fallen.level, fallen.keep_until) == (2, date(2027, 8, 1))


def test_who_rises_on_the_last_day_does_not_fall() -> None:
    silver, _ = go(enter(LADDER, on=START), Facts(spent=1_000), START)
    risen, steps = go(silver, Facts(spent=5_000), date(2025, 2, 28))
    assert steps == ["earned"]
    assert (risen.level, risen.keep_until) == (3, date(2026, 2, 28))


def test_refunds_take_away_what_was_reached_with_them(gold: Standing) -> None:
    assert go(gold, Facts(spent=5_000), START)[1] == []
    down, steps = go(gold, Facts(spent=4_999), START)
    assert steps == ["refunded"]
    assert (down.level, down.proof_value, down.lapses) == (2, 1_000, 0)
    lowest, steps = go(down, Facts(spent=0), START)
    assert (lowest.level, steps, lowest.proof_basis) == (1, ["refunded"], "")
    again, _ = go(lowest, Facts(spent=5_000), START)
    assert (again.level, again.lapses) == (3, 0)


def test_refunds_do_not_touch_what_was_kept_since_nor_fall_below_it(gold: Standing) -> None:
    kept, _ = go(gold, Facts(spent=9_000), date(2025, 2, 28))
    assert go(kept, Facts(spent=0), date(2025, 5, 1))[0].level == 3
    fallen, _ = go(gold, Facts(spent=6_000), date(2025, 3, 7))
    risen, _ = go(fallen, Facts(spent=11_000), date(2025, 6, 1))
    back, steps = go(risen, Facts(spent=10_000), date(2025, 6, 2))
    assert (back.level, steps) == (2, ["refunded"])
    assert go(back, Facts(spent=11_000), date(2025, 6, 3))[0].level == 3


def test_a_tier_taken_out_of_force_gives_way(gold: Standing) -> None:
    after, steps = go(gold, Facts(spent=6_000), START, ladder=(BASIC, SILVER))
    assert (after.level, steps, after.proof_basis, after.keep_until) == (2, ["rules"], "", date(2025, 2, 28))
    above, steps = go(enter(LADDER, on=START), Facts(), START, ladder=(SILVER, GOLD))
    assert (above.level, steps) == (2, ["rules"])
    assert rung_at((SILVER, GOLD), 1) is SILVER


def test_a_time_that_the_merchant_adds_or_drops_counts_from_now(gold: Standing) -> None:
    forever = (BASIC, SILVER, replace(GOLD, keep_months=None))
    kept, _ = go(gold, Facts(spent=6_000), date(2025, 1, 1), ladder=forever)
    assert kept.keep_until is None
    timed, _ = go(kept, Facts(spent=6_500), date(2025, 7, 1))
    assert (timed.keep_until, timed.start) == (date(2026, 2, 28), Facts(spent=6_500))


def test_the_next_look_is_the_end_then_the_end_of_the_grace(gold: Standing) -> None:
    assert next_look(LADDER, gold, on=START) == date(2025, 2, 28)
    assert next_look(LADDER, gold, on=date(2025, 2, 28)) == date(2025, 3, 7)
    assert next_look(LADDER, enter(LADDER, on=START), on=START) is None


def test_days_begin_at_midnight_in_beijing() -> None:
    assert beijing_midnight(date(2025, 3, 1)).isoformat() == "2025-03-01T00:00:00+08:00"


NOW = beijing_midnight(date(2025, 1, 1))
LATER, LATEST = NOW + timedelta(days=1), NOW + timedelta(days=9)


@pytest.mark.parametrize(
    ("earned", "grants", "expected"),
    [
        (1, [], (1, "earned", None, None)),
        (1, [Grant(3, "card", LATER)], (3, "card", LATER, 1)),
        (3, [Grant(2, "card", LATER)], (3, "earned", None, None)),
        (1, [Grant(3, "card", LATER), Grant(2, "card", LATEST)], (3, "card", LATER, 2)),
        (1, [Grant(3, "card", LATER), Grant(3, "card", LATEST)], (3, "card", LATEST, 1)),
        (1, [Grant(3, "card", NOW)], (1, "earned", None, None)),
        (1, [Grant(2, "hand")], (2, "hand", None, None)),
        (3, [Grant(2, "hand")], (3, "earned", None, None)),
        (3, [Grant(1, "hand", LATER, is_fixed=True)], (1, "hand", LATER, 3)),
        (3, [Grant(1, "hand", None, True), Grant(2, "card", LATER)], (2, "card", LATER, 1)),
        (1, [Grant(4, "card")], (4, "card", None, None)),
        (1, [Grant(9, "card")], (4, "card", None, None)),
    ],
)
def test_cards_and_people_lift(earned: int, grants: list[Grant], expected: tuple[object, ...]) -> None:
    found = effective(LADDER, earned, grants, at=NOW)
    assert (found.level, found.source, found.lapses_at, found.lapses_to) == expected


def test_a_rise_passes_what_is_reached_and_a_card_only_its_own() -> None:
    assert [rung.level for rung in passed_levels(LADDER, before=1, after=3, source="earned")] == [2, 3]
    assert [rung.level for rung in passed_levels(LADDER, before=1, after=4, source="card")] == [4]
    assert passed_levels(LADDER, before=3, after=3, source="earned") == []


def test_the_distance_to_the_next_tier(gold: Standing) -> None:
    member = enter(LADDER, on=START)
    assert next_rung(LADDER, member, Facts(spent=400), above=1) == (SILVER, [Distance("spent", 1_000, 400)])
    assert next_rung(LADDER, member, Facts(spent=400, orders=2), above=2) == (
        GOLD,
        [Distance("spent", 5_000, 400), Distance("orders", 20, 2)],
    )
    assert next_rung(LADDER, gold, Facts(spent=6_000), above=3) is None
    fallen, _ = go(gold, Facts(spent=6_000), date(2025, 3, 7))
    found = next_rung(LADDER, fallen, Facts(spent=6_100), above=2)
    assert found is not None
    assert [item.left for item in found[1]] == [4_900, 20]


def test_months_and_birthdays_know_february() -> None:
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2023, 12, 31), 2) == date(2024, 2, 29)
    assert period_end(replace(SILVER, keep_months=1), date(2025, 1, 31), date(2025, 2, 28)) == date(
        2025, 3, 31
    )
    assert birthdays_on(date(2025, 2, 28)) == [(2, 28), (2, 29)]
    assert birthdays_on(date(2024, 2, 28)) == [(2, 28)]
    assert birthdays_on(date(2024, 2, 29)) == [(2, 29)]


facts = st.builds(Facts, st.integers(0, 300), st.integers(0, 9_000), st.integers(0, 40))
goals = st.builds(
    Goal,
    st.none() | st.integers(1, 200),
    st.none() | st.integers(1, 6_000),
    st.none() | st.integers(1, 25),
)
ladders = st.lists(
    st.tuples(goals, st.none() | st.integers(1, 13), goals, st.integers(0, 40)), min_size=1, max_size=5
).map(
    lambda rows: tuple(
        Rung(number, number * 2, reach, months, keep, grace)
        for number, (reach, months, keep, grace) in enumerate(rows, start=1)
    )
)


@given(ladders, st.lists(st.tuples(facts, st.integers(0, 200)), max_size=12), st.sampled_from(Fall))
def test_any_life_stays_on_the_ladder_and_rests(
    ladder: Ladder, life: list[tuple[Facts, int]], fall: Fall
) -> None:
    """Every standing is a rung, an evaluation repeated rests, ends lie ahead or within the grace."""
    day = START
    standing = enter(ladder, on=day)
    for now, wait in life:
        day += timedelta(days=wait)
        standing, _steps = go(standing, now, day, fall=fall, ladder=ladder)
        rung = rung_at(ladder, standing.level)
        assert rung.level == standing.level
        assert standing.base_level <= standing.level
        if standing.keep_until is not None:
            assert day < standing.keep_until + timedelta(days=max(1, rung.grace_days))
        look = next_look(ladder, standing, on=day)
        assert look is None or look > day


@given(ladders, facts, facts)
def test_more_never_means_a_lower_tier(ladder: Ladder, some: Facts, more: Facts) -> None:
    least = Facts(*(min(a, b) for a, b in zip(_figures(some), _figures(more), strict=True)))
    first, _ = assess(ladder, enter(ladder, on=START), least, on=START, fall=Fall.ONE_LEVEL)
    second, _ = assess(ladder, first, more, on=START, fall=Fall.ONE_LEVEL)
    assert second.level >= first.level


def _figures(item: Facts) -> tuple[int, int, int]:
    return item.growth, item.spent, item.orders


def test_a_moment_is_an_aware_one() -> None:
    assert isinstance(beijing_midnight(START), datetime)
    assert beijing_midnight(START).utcoffset() == timedelta(hours=8)
