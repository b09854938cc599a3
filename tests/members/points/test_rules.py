"""The arithmetic of points, without a database."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.points.rules import (
    Expiry,
    Part,
    add_months,
    expires_at,
    order_reward,
    reversed_share,
    take_in_order,
    within_cap,
)
from shop.core.clock import BEIJING


def until(policy: str, earned: date, *, years: int = 1, months: int = 12) -> datetime | None:
    return expires_at(policy=policy, earned=earned, years=years, months=months)


@pytest.mark.parametrize(
    ("policy", "earned", "settings", "expected"),
    [
        (Expiry.NEVER, date(2026, 5, 1), {}, None),
        (Expiry.CALENDAR_YEAR, date(2026, 1, 1), {"years": 0}, date(2027, 1, 1)),
        (Expiry.CALENDAR_YEAR, date(2026, 12, 31), {"years": 0}, date(2027, 1, 1)),
        (Expiry.CALENDAR_YEAR, date(2026, 12, 31), {"years": 1}, date(2028, 1, 1)),
        (Expiry.ROLLING, date(2026, 1, 31), {"months": 1}, date(2026, 3, 1)),
        (Expiry.ROLLING, date(2028, 1, 31), {"months": 1}, date(2028, 3, 1)),
        (Expiry.ROLLING, date(2028, 2, 29), {"months": 12}, date(2029, 3, 1)),
        (Expiry.ROLLING, date(2026, 12, 15), {"months": 1}, date(2027, 1, 16)),
        (Expiry.ROLLING, date(2026, 11, 30), {"months": 3}, date(2027, 3, 1)),
    ],
)
def test_points_expire_at_a_beijing_midnight(
    policy: str, earned: date, settings: dict[str, int], expected: date | None
) -> None:
    found = until(policy, earned, **settings)
    if expected is None:
        assert found is None
    else:
        assert found == datetime(expected.year, expected.month, expected.day, tzinfo=BEIJING)


@given(earned=st.dates(date(2000, 1, 1), date(2100, 12, 31)), months=st.integers(1, 120))
def test_rolling_months_never_cheat_by_more_than_a_short_month(earned: date, months: int) -> None:
    later = add_months(earned, months)
    assert (later.year * 12 + later.month) - (earned.year * 12 + earned.month) == months
    assert later.day <= earned.day
    assert later.day == earned.day or (later + timedelta(days=1)).day == 1


@given(
    total=st.integers(0, 10**7),
    base=st.integers(1, 10**8),
    cuts=st.lists(st.floats(0, 1), max_size=6),
)
def test_partial_refunds_reverse_exactly_all(total: int, base: int, cuts: list[float]) -> None:
    stages = [*sorted(int(base * cut) for cut in cuts), base]
    booked = 0
    for refunded in stages:
        more = reversed_share(total=total, base=base, refunded=refunded) - booked
        assert more >= 0
        booked += more
    assert booked == total


@pytest.mark.parametrize(
    ("total", "base", "refunded", "share"),
    [(100, 300, 100, 33), (100, 300, 200, 67), (1, 2, 1, 1), (7, 0, 0, 7), (0, 9, 3, 0), (5, 9, 0, 0)],
)
def test_a_share_is_the_nearest_whole(total: int, base: int, refunded: int, share: int) -> None:
    assert reversed_share(total=total, base=base, refunded=refunded) == share


def test_more_than_was_paid_never_goes_back() -> None:
    with pytest.raises(ValueError, match="within"):
        reversed_share(total=1, base=2, refunded=3)


@pytest.mark.parametrize(
    ("paid", "per_fen", "reward", "multiplier", "earned"),
    [
        (9_999, 100, 1, 1000, 99),
        (9_999, 100, 2, 1500, 297),
        (99, 100, 5, 1000, 0),
        (-500, 100, 1, 1000, 0),
        (10_000, 1_000, 3, 1000, 30),
        (10_000, 100, 1, 1234, 123),
    ],
)
def test_what_an_order_earns(paid: int, per_fen: int, reward: int, multiplier: int, earned: int) -> None:
    assert order_reward(paid=paid, per_fen=per_fen, reward=reward, multiplier_permille=multiplier) == earned


@pytest.mark.parametrize(("cap", "used", "left"), [(None, 90, 50), (100, 90, 10), (100, 100, 0), (80, 90, 0)])
def test_a_cap_leaves_what_is_not_used(cap: int | None, used: int, left: int) -> None:
    assert within_cap(50, cap=cap, used=used) == left


def test_parts_give_in_their_order() -> None:
    parts = [Part(1, 0), Part(2, 30), Part(3, 50)]
    assert take_in_order(parts, 40) == [Part(2, 30), Part(3, 10)]
    for amount in (0, 81):
        with pytest.raises(ValueError, match="covered"):
            take_in_order(parts, amount)
