"""How long cards run and what is left of them: calendars, property by property."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.cards.rules import (
    BY_DAYS,
    UNUSED_ONLY,
    Span,
    add_months,
    card_refund,
    days_of,
    days_of_forever,
    left_of,
    midnight,
    normal_code,
    shown_code,
    span_of,
)
from shop.core.clock import BEIJING

FEN = st.integers(0, 10**9)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))
KINDS = st.sampled_from(["trial", "month", "quarter", "year"])


def at(text: str) -> datetime:
    """A moment in Beijing."""
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def end(kind: str, text: str, trial_days: int = 7) -> str:
    span = span_of(kind=kind, trial_days=trial_days, now=at(text))
    assert span.ends_at is not None
    return f"{span.ends_at.astimezone(BEIJING):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("kind", "bought", "ends"),
    [
        ("month", "2026-03-14 10:00", "2026-04-15 00:00"),
        ("month", "2026-03-15 00:00", "2026-04-15 00:00"),  # at midnight the day counts
        ("month", "2026-03-14 23:59:59", "2026-04-15 00:00"),
        ("month", "2026-01-30 12:00", "2026-02-28 00:00"),
        ("month", "2028-01-30 12:00", "2028-02-29 00:00"),
        ("quarter", "2026-11-29 12:00", "2027-02-28 00:00"),
        ("year", "2028-02-28 12:00", "2029-02-28 00:00"),  # counted from 29 February
        ("year", "2026-12-31 12:00", "2028-01-01 00:00"),
        ("trial", "2026-02-25 12:00", "2026-03-05 00:00"),
    ],
)
def test_when_a_card_ends(kind: str, bought: str, ends: str) -> None:
    assert end(kind, bought) == ends


def test_utc_midnight_is_not_a_day_in_beijing() -> None:
    span = span_of(kind="month", trial_days=0, now=datetime(2026, 3, 14, 16, tzinfo=UTC))
    assert span.ends_at == midnight(date(2026, 4, 15))


def chain(kind: str, first: str, times: int) -> list[str]:
    """When a card ends that is renewed again and again on its last day."""
    ends: list[str] = []
    span = span_of(kind=kind, trial_days=7, now=at(first))
    for _time in range(times):
        assert span.ends_at is not None
        ends.append(f"{span.ends_at.astimezone(BEIJING):%Y-%m-%d}")
        span = span_of(
            kind=kind,
            trial_days=7,
            now=span.ends_at - timedelta(seconds=1),
            previous_end=span.ends_at,
            anchor=span.anchor,
        )
    return ends


def test_renewals_come_back_to_the_31st() -> None:
    assert chain("month", "2026-12-30 12:00", 4) == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]


def test_renewals_come_back_to_29_february() -> None:
    assert chain("year", "2028-02-28 12:00", 4) == ["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]


def test_a_lapsed_card_begins_anew() -> None:
    now = at("2026-05-10 09:00")
    span = span_of(kind="month", trial_days=0, now=now, previous_end=at("2026-05-10 00:00"), anchor=31)
    assert span == Span(now, midnight(date(2026, 6, 11)), 11)


def test_a_card_for_ever_follows_what_runs() -> None:
    now = at("2026-05-10 09:00")
    assert span_of(kind="forever", trial_days=0, now=now).ends_at is None
    later = span_of(kind="forever", trial_days=0, now=now, previous_end=at("2026-06-01 00:00"), anchor=1)
    assert (later.starts_at, later.ends_at) == (at("2026-06-01 00:00"), None)


@given(kind=KINDS, now=MOMENTS, days=st.integers(1, 366), renewals=st.integers(1, 8))
def test_periods_touch_and_end_at_midnight(kind: str, now: datetime, days: int, renewals: int) -> None:
    span = span_of(kind=kind, trial_days=days, now=now)
    anchor = span.anchor
    for _renewal in range(renewals):
        assert span.ends_at is not None
        assert span.starts_at < span.ends_at
        local = span.ends_at.astimezone(BEIJING)
        assert (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)
        following = span_of(
            kind=kind, trial_days=days, now=now, previous_end=span.ends_at, anchor=span.anchor
        )
        assert following.starts_at == span.ends_at
        if kind != "trial":
            assert following.anchor == anchor
        span = following


@given(day=st.dates(date(2024, 1, 1), date(2040, 1, 1)), months=st.integers(0, 40))
def test_months_never_skip_a_month(day: date, months: int) -> None:
    later = add_months(day, months, anchor=day.day)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (later + timedelta(days=1)).day == 1


@given(kind=KINDS, now=MOMENTS, days=st.integers(1, 366), hours=st.integers(0, 24 * 400))
def test_days_left_fall_from_all_to_none(kind: str, now: datetime, days: int, hours: int) -> None:
    span = span_of(kind=kind, trial_days=days, now=now)
    assert span.ends_at is not None
    whole, left = days_of(starts_at=span.starts_at, ends_at=span.ends_at, now=now + timedelta(hours=hours))
    assert 0 <= left <= whole
    assert days_of(starts_at=span.starts_at, ends_at=span.ends_at, now=now)[1] >= whole - 1
    assert days_of(starts_at=span.starts_at, ends_at=span.ends_at, now=span.ends_at) == (whole, 0)


def test_days_left_day_by_day() -> None:
    def left(now: str) -> tuple[int, int]:
        return days_of(starts_at=at("2026-03-14 10:00"), ends_at=at("2026-04-15 00:00"), now=at(now))

    assert left("2026-03-14 23:59") == (31, 31)  # the first day is on the house
    assert left("2026-03-15 00:00") == (31, 30)  # the first counted day has begun
    assert left("2026-04-13 12:00") == (31, 1)
    assert left("2026-04-14 00:00") == (31, 0)
    future = days_of(
        starts_at=at("2026-05-01 00:00"), ends_at=at("2026-06-01 00:00"), now=at("2026-04-02 08:00")
    )
    assert future == (31, 31)


def test_a_card_for_ever_is_worn_out_at_some_time() -> None:
    def left(start: str, now: str) -> tuple[int, int]:
        return days_of_forever(starts_at=at(start), worth_days=1000, now=at(now))

    assert left("2026-03-14 10:00", "2026-03-14 11:00") == (1000, 1000)
    assert left("2026-03-14 00:00", "2026-03-14 11:00") == (1000, 999)
    assert left("2026-03-14 10:00", "2026-03-24 11:00") == (1000, 990)
    assert left("2026-03-14 10:00", "2036-03-24 11:00") == (1000, 0)


@given(amount=FEN, days=st.integers(1, 40_000), data=st.data(), used=st.booleans())
def test_never_more_is_left_than_was_paid(amount: int, days: int, data: st.DataObject, used: bool) -> None:
    left = data.draw(st.integers(0, days))
    by_days = left_of(amount=amount, days=days, days_left=left, used=used, rule=BY_DAYS)
    unused = left_of(amount=amount, days=days, days_left=left, used=used, rule=UNUSED_ONLY)
    assert 0 <= by_days <= amount
    assert by_days * days <= amount * left < (by_days + 1) * days
    assert unused == (amount if not used and left else 0)
    assert left_of(amount=amount, days=days, days_left=days, used=used, rule=BY_DAYS) == amount


@given(amount=FEN, data=st.data(), given_=FEN, balance=FEN)
def test_the_claw_back_takes_no_more_than_was_given(
    amount: int, data: st.DataObject, given_: int, balance: int
) -> None:
    worth = data.draw(st.integers(0, amount))
    figures = card_refund(amount=amount, worth=worth, gift_given=given_, gift_balance=balance)
    assert figures.gift_taken <= min(given_, balance)
    assert figures.gift_taken + figures.gift_deducted <= given_
    assert figures.gift_taken + figures.gift_spent == given_
    assert figures.paid_back + figures.gift_deducted == worth
    assert min(figures.paid_back, figures.gift_taken, figures.gift_deducted) >= 0


def test_codes_are_read_however_they_are_typed() -> None:
    assert shown_code("ABCDEFGH23456789") == "ABCD-EFGH-2345-6789"
    for typed in ("abcd-efgh-2345-6789", " ABCD EFGH 2345 6789 ", "ABCDEFGH23456789"):
        assert normal_code(typed) == "ABCDEFGH23456789"
