"""Birthday, monthly and holiday gifts, by a clock that is moved."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from members.models import Member
from members.tiers.models import HolidayPack, TierIssue
from members.tiers.services import gifting
from members.tiers.services.gifting import give_calendar_gifts
from members.tiers.services.granting import end_card_tier, grant_card_tier
from members.tiers.services.issuing import issue_bundle
from shop.core.errors import NotFound
from tests.members.shoppers import new_member
from tests.members.tiers.climbers import Climber, gift
from tests.members.wallet.purses import set_to

pytestmark = pytest.mark.django_db
Travel = Callable[..., None]


def born(climber: Climber, birthday: date | None) -> None:
    Member.objects.filter(pk=climber.id).update(birthday=birthday)


@pytest.fixture
def old(climber: Climber) -> Climber:
    """A member of many years, looked at once."""
    Member.objects.filter(pk=climber.id).update(created_at="2020-01-01T00:00:00Z")
    climber.looked_at()
    return climber


def test_a_birthday_gift_once_a_year(old: Climber, ladder: Any, travel: Travel) -> None:
    gift(ladder["普通"], "birthday", money=1_000)
    born(old, date(1990, 5, 4))

    given = []
    for day in [
        (2027, 5, 3, 23, 50),
        (2027, 5, 4, 0, 0),
        (2027, 5, 4, 12),
        (2027, 5, 5, 1),
        (2028, 5, 4),
    ]:
        travel(*day)
        given.append(give_calendar_gifts())

    assert given == [0, 1, 0, 0, 1]
    assert old.issued == [("birthday", "2027", 1_000), ("birthday", "2028", 1_000)]


def test_editing_the_birthday_brings_no_second_gift(old: Climber, ladder: Any, travel: Travel) -> None:
    gift(ladder["普通"], "birthday", money=1_000)
    born(old, date(1990, 12, 30))
    travel(2027, 12, 30, 8)
    assert give_calendar_gifts() == 1

    for moved, moment in [
        (date(1990, 12, 31), (2027, 12, 31, 8)),
        (date(1990, 1, 2), (2028, 1, 2, 8)),
        (date(1990, 7, 1), (2028, 7, 1, 8)),
    ]:
        born(old, moved)
        travel(*moment)
        assert give_calendar_gifts() == 0
    born(old, date(1990, 12, 30))
    travel(2028, 12, 30, 8)
    assert give_calendar_gifts() == 1
    assert old.gift_money == 2_000


def test_the_29th_of_february_is_celebrated_every_year(old: Climber, ladder: Any, travel: Travel) -> None:
    gift(ladder["普通"], "birthday", money=1_000)
    born(old, date(1996, 2, 29))
    given = []
    for day in [(2027, 2, 27), (2027, 2, 28), (2027, 3, 1), (2028, 2, 28), (2028, 2, 29), (2029, 2, 28)]:
        travel(*day)
        given.append(give_calendar_gifts())
    assert given == [0, 1, 0, 0, 1, 1]


def test_a_late_job_makes_up_for_three_days(old: Climber, ladder: Any, travel: Travel) -> None:
    gift(ladder["普通"], "birthday", money=1_000)
    born(old, date(1990, 12, 30))
    travel(2028, 1, 2, 23, 59)
    assert give_calendar_gifts() == 1
    assert old.issued == [("birthday", "2027", 1_000)]  # the year of the birthday
    travel(2029, 1, 3, 0, 0)
    assert give_calendar_gifts() == 0


def test_who_joined_after_the_day_gets_nothing_for_it(climber: Climber, ladder: Any, travel: Travel) -> None:
    gift(ladder["普通"], "birthday", money=1_000)
    born(climber, date(1990, 5, 4))
    Member.objects.filter(pk=climber.id).update(created_at="2027-05-04T16:00:00Z")  # the 5th in Beijing
    travel(2027, 5, 5, 8)
    climber.looked_at()
    assert give_calendar_gifts() == 0


def test_monthly_gifts_follow_the_tier_that_counts_then(old: Climber, ladder: Any, travel: Travel) -> None:
    gift(ladder["银卡"], "monthly", money=300)
    gift(ladder["金卡"], "monthly", money=900)
    given = []
    travel(2027, 1, 10)
    given.append(give_calendar_gifts())
    old.spends(100_000)
    given.append(give_calendar_gifts())
    old.spends(400_000)  # gold within the month: one gift a month
    given.append(give_calendar_gifts())
    travel(2027, 1, 31, 23, 50)
    given.append(give_calendar_gifts())
    travel(2027, 2, 1, 0, 0)
    given += [give_calendar_gifts(), give_calendar_gifts()]
    assert given == [0, 1, 0, 0, 1, 0]
    assert old.issued == [("monthly", "2027-01", 300), ("monthly", "2027-02", 900)]


def test_on_downgrade_what_was_not_given_stops(old: Climber, ladder: Any, travel: Travel) -> None:
    """The card is over at midnight; the job that gives the month's gifts runs before the one that reviews."""
    gift(ladder["金卡"], "monthly", money=900)
    travel(2027, 1, 31, 12)
    grant_card_tier(member_id=old.id, tier_id=ladder["金卡"].pk, until=None, reference="C1")
    assert give_calendar_gifts() == 1
    end_card_tier(member_id=old.id, reference="C1")
    travel(2027, 2, 1, 0, 0)
    assert give_calendar_gifts() == 0

    travel(2027, 2, 2, 12)
    old.spends(500_000)
    assert give_calendar_gifts() == 1
    travel(2028, 3, 1, 0, 5)  # lost long ago, and nobody has looked
    assert old.row.tier == ladder["金卡"]
    assert give_calendar_gifts() == 0
    assert old.tier == "银卡"
    assert old.gift_money == 1_800


def test_a_holiday_pack_once_per_member_and_date(old: Climber, ladder: Any, travel: Travel) -> None:
    spring, eve = date(2027, 2, 6), date(2027, 2, 5)
    for name, tier, day, money in [
        ("春节", "普通", spring, 666),
        ("春节", "银卡", spring, 888),
        ("除夕", "普通", eve, 100),
    ]:
        HolidayPack.objects.create(name=name, tier=ladder[tier], day=day, money=money)
    given = []
    for moment in [(2027, 2, 4, 23, 50), (2027, 2, 5), (2027, 2, 6), (2027, 2, 6, 20)]:
        travel(*moment)
        given.append(give_calendar_gifts())
    old.spends(100_000)
    given.append(give_calendar_gifts())  # silver now, but this date was given
    travel(2027, 2, 10)
    given.append(give_calendar_gifts())
    assert given == [0, 1, 1, 0, 0, 0]
    assert old.issued == [("holiday", "2027-02-05", 100), ("holiday", "2027-02-06", 666)]


def test_empty_gifts_and_shops_without_tiers_give_nothing(old: Climber, ladder: Any, travel: Travel) -> None:
    gift(ladder["普通"], "monthly")
    HolidayPack.objects.create(name="空", tier=ladder["普通"], day=date(2027, 2, 6))
    travel(2027, 2, 6)
    assert give_calendar_gifts() == 0
    set_to("tiers_enabled", False)
    gift(ladder["普通"], "birthday", money=1)
    assert give_calendar_gifts() == 0
    assert TierIssue.objects.count() == 0


def test_a_birthday_removed_at_the_last_moment_is_not_celebrated(
    old: Climber, ladder: Any, travel: Travel, monkeypatch: pytest.MonkeyPatch
) -> None:
    gift(ladder["普通"], "birthday", money=1_000)
    born(old, None)
    travel(2027, 5, 4)
    monkeypatch.setattr(gifting, "_candidates", lambda event, last: [] if last else [old.id])
    assert give_calendar_gifts() == 0
    assert old.issued == []


def test_one_member_who_fails_does_not_keep_the_others_waiting(
    old: Climber, ladder: Any, travel: Travel, monkeypatch: pytest.MonkeyPatch
) -> None:
    travel(2027, 5, 4)
    gift(ladder["普通"], "monthly", money=100)
    other = Climber(new_member("o-other"))
    other.looked_at()
    give = issue_bundle

    def fails_for_one(**wanted: Any) -> bool:
        if wanted["member_id"] == old.id:
            raise NotFound
        return give(**wanted)

    monkeypatch.setattr(gifting, "issue_bundle", fails_for_one)
    assert give_calendar_gifts() == 1
    assert (old.gift_money, other.gift_money) == (0, 100)
    monkeypatch.undo()
    travel(2027, 5, 4, 1)
    assert give_calendar_gifts() == 1
