"""Three years of cards with a moved clock: renewals, 29 February, Beijing midnight, tiers, reminders."""

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from members.cards.jobs import remind_card_holders, turn_cards
from members.cards.models import MemberCard, MemberCardPeriod
from members.cards.queries import holding_of
from members.cards.services.periods import Opening, Source, end_period, open_period
from members.tiers.models import Tier
from members.tiers.queries import current_tier
from members.tiers.services.evaluating import evaluate_member
from shop.core import clock
from shop.core.clock import BEIJING
from shop.core.db import transaction
from shop.core.models import OutboxEvent
from tests.members.cards.holders import beijing, card, periods, until
from tests.members.wallet.purses import Rich, set_to, settle

pytestmark = pytest.mark.django_db
Goto = Callable[[str], None]


@pytest.fixture
def goto(settings: Any) -> Goto:
    """Set business time to a moment in Beijing."""

    def go(text: str) -> None:
        there = datetime.fromisoformat(text).replace(tzinfo=BEIJING)
        settings.SHOP_CLOCK_OFFSET = int((there - clock.wall()).total_seconds()) + 1

    return go


def give(rich: Rich, what: MemberCard, reference: str) -> MemberCardPeriod:
    """The card, as if it had been paid, and everybody told."""
    with transaction():
        period = open_period(Opening(rich.id, what.terms(), Source.PURCHASE, reference))
    settle()
    return period


def told(name: str) -> int:
    return OutboxEvent.objects.filter(name=f"members.{name}").count()


def tier_name(rich: Rich) -> str:
    found = current_tier(rich.id)
    return "" if found is None else found.name


@pytest.fixture
def gold(rich: Rich) -> Tier:
    """A shop with two tiers; nobody earns gold."""
    Tier.objects.create(name="普通", level=1)
    high = Tier.objects.create(name="金卡", level=2, from_growth=10**9)
    set_to("tiers_enabled", True)
    evaluate_member(member_id=rich.id)
    return high


def test_a_yearly_card_renewed_through_29_february(rich: Rich, goto: Goto) -> None:
    year = card()
    goto("2028-02-28 20:00")
    give(rich, year, "1")
    for number, moment in enumerate(("2029-02-20 12:00", "2030-02-27 23:59", "2031-02-27 23:59"), 2):
        goto(moment)
        give(rich, year, str(number))

    assert [until(period) for period in periods(rich)] == [
        "2029-02-28 00:00",
        "2030-02-28 00:00",
        "2031-02-28 00:00",
        "2032-02-29 00:00",
    ]


def test_a_card_ends_at_midnight_in_beijing(rich: Rich, goto: Goto) -> None:
    goto("2026-12-31 09:00")
    give(rich, card(kind="month"), "1")
    goto("2027-01-31 23:59:30")
    assert [period.discount_permille for period in holding_of(rich.id).running] == [950]
    goto("2027-02-01 00:00:00")
    assert holding_of(rich.id).running == ()
    assert rich.phone.get("/me/cards").status_code in (200, 401)


def test_three_years_with_a_lapse(rich: Rich, goto: Goto) -> None:
    """A month's card every month for two years, half a year without, then again: no day twice, none lost."""
    month = card(kind="month")
    goto("2026-01-31 10:00")
    for number in range(24):
        give(rich, month, f"M{number}")
    found = periods(rich)
    assert all(before.ends_at == after.starts_at for before, after in itertools.pairwise(found))
    assert until(found[-1]) == "2028-02-01 00:00"
    goto("2028-08-15 10:00")
    assert holding_of(rich.id).periods == ()
    again = give(rich, month, "again")
    assert (beijing(again.starts_at)[:10], until(again)) == ("2028-08-15", "2028-09-16 00:00")


def test_the_tier_of_a_card_comes_at_once_and_ends_with_it(rich: Rich, gold: Tier, goto: Goto) -> None:
    goto("2026-03-01 10:00")
    assert tier_name(rich) == "普通"
    give(rich, card(kind="month", tier=gold), "1")
    assert tier_name(rich) == "金卡"
    goto("2026-04-01 23:59:30")
    assert tier_name(rich) == "金卡"
    goto("2026-04-02 00:00:00")
    assert tier_name(rich) == "普通"


def test_a_renewed_tier_never_lapses(rich: Rich, gold: Tier, goto: Goto) -> None:
    month = card(kind="month", tier=gold)
    goto("2026-03-01 10:00")
    give(rich, month, "1")
    goto("2026-03-20 10:00")
    give(rich, month, "2")
    for moment in ("2026-04-02 00:00:00", "2026-05-01 23:59:30"):
        goto(moment)
        assert tier_name(rich) == "金卡"
    goto("2026-05-02 00:00:00")
    assert tier_name(rich) == "普通"


def test_another_tier_waits_until_its_card_begins(rich: Rich, gold: Tier, goto: Goto) -> None:
    goto("2026-03-01 10:00")
    give(rich, card(kind="month", series="s"), "1")
    give(rich, card(kind="month", series="s", tier=gold), "2")
    assert tier_name(rich) == "普通"
    goto("2026-04-02 00:00:00")
    assert turn_cards() == 1
    assert turn_cards() == 0
    assert tier_name(rich) == "金卡"


def test_a_card_that_is_taken_back_takes_its_tier(rich: Rich, gold: Tier) -> None:
    period = give(rich, card(tier=gold), "1")
    assert tier_name(rich) == "金卡"
    with transaction():
        end_period(period, reason="refunded")
    settle()
    assert tier_name(rich) == "普通"


def test_the_end_is_told_once_and_only_if_nothing_follows(rich: Rich, goto: Goto) -> None:
    month = card(kind="month")
    goto("2026-03-01 10:00")
    give(rich, month, "1")
    give(rich, month, "2")
    goto("2026-04-10 10:00")
    assert turn_cards() == 1
    settle()
    assert told("card_ended") == 0
    goto("2026-05-02 00:00:00")
    assert turn_cards() == 1
    assert turn_cards() == 0
    assert told("card_ended") == 1


def test_members_are_reminded_once_unless_they_renewed(rich: Rich, goto: Goto) -> None:
    month = card(kind="month")
    goto("2026-03-01 10:00")
    give(rich, month, "1")
    goto("2026-03-25 23:59:30")
    assert remind_card_holders() == 0
    goto("2026-03-26 00:00:01")
    assert remind_card_holders() == 1
    assert remind_card_holders() == 0
    assert OutboxEvent.objects.get(name="members.card_expiring").payload["ends_at"].startswith("2026-04-0")
    give(rich, month, "2")
    goto("2026-04-20 10:00")
    give(rich, month, "3")
    goto("2026-04-28 10:00")
    assert (remind_card_holders(), told("card_expiring")) == (0, 1)
    set_to("card_remind_days", 0)
    goto("2026-05-31 10:00")
    assert remind_card_holders() == 0
    set_to("card_remind_days", 90)
    assert remind_card_holders() == 1


def test_a_card_for_ever_never_ends(rich: Rich, goto: Goto) -> None:
    goto("2026-03-01 10:00")
    give(rich, card(kind="forever"), "1")
    goto("2029-03-01 10:00")
    assert (turn_cards(), remind_card_holders()) == (0, 0)
    assert len(holding_of(rich.id).running) == 1
    assert timedelta(days=1095) < clock.now() - periods(rich)[0].starts_at
