"""Reaching, losing and being given a tier, with history, events and level-up gifts."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from members.gifts import Gifts
from members.models import MemberFacts
from members.points.queries import growth_balance, points_balance
from members.tiers.demo import load_tiers
from members.tiers.errors import TiersOff, TierUnavailable
from members.tiers.handlers import growth_changed, member_joined
from members.tiers.models import MemberTier, Tier, TierChange, TierGrant, TierIssue
from members.tiers.queries import current_tier, early_access_of, terms_of
from members.tiers.services import reviewing
from members.tiers.services.evaluating import evaluate_member
from members.tiers.services.granting import (
    end_card_tier,
    end_tier_by_hand,
    grant_card_tier,
    set_tier_by_hand,
)
from members.tiers.services.reviewing import review_tiers
from shop.core import clock, runtime
from shop.core.actors import Actor
from shop.core.errors import Forbidden, NotFound
from shop.core.models import AuditEntry, OutboxEvent
from tests.members.shoppers import new_member
from tests.members.tiers.climbers import Climber, gift
from tests.members.wallet.purses import set_to

pytestmark = pytest.mark.django_db
BOSS = Actor.system("tests")


def changes_told() -> list[dict[str, Any]]:
    rows = OutboxEvent.objects.filter(name="members.tier_changed").order_by("pk")
    return [dict(row.payload) for row in rows]


def test_who_logs_in_is_a_member_of_the_lowest_tier(climber: Climber, ladder: Any) -> None:
    gift(ladder["普通"], "level_up", money=100)

    member_joined({"member_id": climber.id})
    member_joined({"member_id": climber.id})

    assert climber.tier == "普通"
    assert climber.history == [("joined", "普通")]
    assert climber.issued == []  # entering is no rise
    assert [told["after"] for told in changes_told()] == [ladder["普通"].pk]


def test_without_a_standing_the_lowest_tier_counts(climber: Climber) -> None:
    assert climber.tier == "普通"
    assert MemberTier.objects.count() == 0


def test_spending_a_threshold_upgrades(climber: Climber, ladder: Any) -> None:
    assert climber.spends(99_999) == "普通"
    assert climber.spends(1) == "银卡"
    assert climber.history == [("joined", "普通"), ("earned", "银卡")]
    assert changes_told()[-1] == {
        "member_id": climber.id,
        "before": ladder["普通"].pk,
        "after": ladder["银卡"].pk,
        "reason": "earned",
    }


def test_orders_and_growth_upgrade_too(climber: Climber, ladder: Any) -> None:
    for _order in range(10):
        climber.spends(1)
    assert climber.tier == "银卡"
    assert climber.grows(500) == "金卡"
    growth_changed({"member_id": climber.id})
    assert climber.history == [("joined", "普通"), ("earned", "银卡"), ("earned", "金卡")]


def test_a_rise_gives_the_gifts_of_every_tier_on_the_way_once(climber: Climber, ladder: Any) -> None:
    gift(ladder["银卡"], "level_up", money=500, points=10)
    gift(ladder["金卡"], "level_up", money=2_000, growth=5)

    climber.spends(500_000)
    climber.looked_at()

    silver, gold = ladder["银卡"].pk, ladder["金卡"].pk
    assert climber.issued == [("level_up", str(silver), 500), ("level_up", str(gold), 2_000)]
    assert (climber.gift_money, points_balance(climber.id), growth_balance(climber.id)) == (2_500, 10, 5)


def test_refunds_take_the_tier_away_and_buying_again_gives_no_second_gift(
    climber: Climber, ladder: Any
) -> None:
    gift(ladder["银卡"], "level_up", money=500)
    climber.spends(100_000)

    assert climber.gets_back(1) == "普通"
    assert climber.spends(1) == "银卡"

    assert [reason for reason, _tier in climber.history] == ["joined", "earned", "refunded", "earned"]
    assert climber.gift_money == 500


@pytest.mark.parametrize(("again", "money"), [(False, 500), (True, 1_000)])
def test_after_a_loss_by_time_the_gift_may_come_again(
    climber: Climber, ladder: Any, travel: Callable[..., None], again: bool, money: int
) -> None:
    set_to("tier_gift_again", again)
    gift(ladder["银卡"], "level_up", money=500)
    travel(2024, 2, 29, 12)
    climber.spends(100_000)
    travel(2025, 2, 28, 0, 0)
    climber.looked_at()
    assert climber.tier == "普通"

    climber.spends(100_000)
    climber.gets_back(1)
    climber.spends(1)

    assert climber.tier == "银卡"
    assert climber.gift_money == money


def test_the_day_ends_at_midnight_in_beijing(climber: Climber, travel: Callable[..., None]) -> None:
    """Given a tier kept until 28 February, then it falls with the first second of that day in Beijing."""
    travel(2024, 2, 29, 23, 50)  # still 29 February in Beijing, and the afternoon before in UTC
    climber.spends(100_000)
    assert climber.row.keep_until == date(2025, 2, 28)
    assert climber.row.due_at is not None
    assert climber.row.due_at.isoformat() == "2025-02-27T16:00:00+00:00"

    travel(2025, 2, 27, 23, 50)
    assert (review_tiers(), climber.tier) == (0, "银卡")
    travel(2025, 2, 28, 0, 0, 0)
    assert (review_tiers(), climber.tier) == (1, "普通")
    assert climber.history[-1] == ("lapsed", "普通")


def test_three_years_by_the_job_alone(climber: Climber, travel: Callable[..., None]) -> None:
    """A gold member buys enough in the first two years and nothing after that."""
    travel(2024, 2, 29, 0, 0, 1)
    climber.spends(500_000)
    seen = []
    for year, month, day in [
        (2025, 2, 28),
        (2026, 2, 28),
        (2026, 3, 1),
        (2027, 2, 28),
        (2027, 3, 6),
        (2027, 3, 7),
        (2028, 2, 29),
        (2028, 3, 6),
        (2028, 3, 7),
    ]:
        if (year, month) in ((2025, 2), (2026, 2)):
            travel(year, month, day - 1, 12)
            climber.spends(500_000)
        travel(year, month, day, 0, 1)
        review_tiers()
        seen.append((f"{year}-{month}-{day}", climber.tier, str(climber.row.keep_until)))

    assert seen == [
        ("2025-2-28", "金卡", "2026-02-28"),
        ("2026-2-28", "金卡", "2027-02-28"),
        ("2026-3-1", "金卡", "2027-02-28"),
        ("2027-2-28", "金卡", "2027-02-28"),  # the days of grace
        ("2027-3-6", "金卡", "2027-02-28"),
        ("2027-3-7", "银卡", "2028-03-07"),
        ("2028-2-29", "银卡", "2028-03-07"),
        ("2028-3-6", "银卡", "2028-03-07"),
        ("2028-3-7", "普通", "None"),
    ]
    assert [reason for reason, _tier in climber.history] == ["joined", "earned", "lapsed", "lapsed"]


def test_a_card_lifts_at_once_and_ends_to_the_second(
    climber: Climber, ladder: Any, travel: Callable[..., None]
) -> None:
    gift(ladder["金卡"], "level_up", money=700)
    gift(ladder["银卡"], "level_up", money=50)
    travel(2026, 1, 1, 0, 0)
    until = clock.now() + timedelta(days=30)

    grant_card_tier(member_id=climber.id, tier_id=ladder["金卡"].pk, until=until, reference="C1")
    grant_card_tier(member_id=climber.id, tier_id=ladder["金卡"].pk, until=until, reference="C1")

    assert climber.tier == "金卡"
    assert climber.gift_money == 700  # the card's tier only
    travel(2026, 1, 30, 23, 50)
    assert climber.tier == "金卡"
    travel(2026, 1, 31, 0, 0, 1)
    assert climber.tier == "普通"  # before any job has looked
    assert current_tier(climber.id) == ladder["普通"]
    assert review_tiers() == 1
    assert climber.history == [("joined", "普通"), ("card", "金卡"), ("card_ended", "普通")]


def test_a_renewed_card_goes_on_and_a_refunded_one_ends(climber: Climber, ladder: Any) -> None:
    now = clock.now()
    for days in (30, 60):
        grant_card_tier(
            member_id=climber.id,
            tier_id=ladder["金卡"].pk,
            until=now + timedelta(days=days),
            reference="C1",
        )
    assert climber.row.lapses_at == now + timedelta(days=60)
    assert TierGrant.objects.count() == 1

    end_card_tier(member_id=climber.id, reference="C1")
    end_card_tier(member_id=climber.id, reference="C1")
    end_card_tier(member_id=climber.id, reference="unknown")

    assert climber.tier == "普通"
    assert climber.history[-1] == ("card_ended", "普通")
    with pytest.raises(NotFound):
        grant_card_tier(member_id=climber.id, tier_id=987_654, until=None, reference="C2")


def test_what_is_earned_below_a_card_shows_when_it_ends(climber: Climber, ladder: Any) -> None:
    gift(ladder["银卡"], "level_up", money=50)
    grant_card_tier(member_id=climber.id, tier_id=ladder["金卡"].pk, until=None, reference="C1")
    climber.spends(100_000)
    assert (climber.tier, climber.row.earned.name, climber.gift_money) == ("金卡", "银卡", 50)
    end_card_tier(member_id=climber.id, reference="C1")
    assert climber.tier == "银卡"


def test_staff_set_a_tier_with_a_reason(climber: Climber, ladder: Any) -> None:
    gift(ladder["银卡"], "level_up", money=50)
    until = clock.today() + timedelta(days=10)

    set_tier_by_hand(
        actor=BOSS,
        member_id=climber.id,
        tier_id=ladder["银卡"].pk,
        until=until,
        is_fixed=False,
        reason="补偿",
    )

    assert (climber.tier, climber.gift_money) == ("银卡", 0)
    assert TierChange.objects.latest("pk").note == "补偿"
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.reason, entry.before) == ("members.set_member_tier", "补偿", {"tier": "普通"})
    assert climber.spends(500_000) == "金卡"  # at least silver
    end_tier_by_hand(actor=BOSS, member_id=climber.id, reason="到期")
    assert climber.tier == "金卡"


def test_a_fixed_tier_holds_down_and_only_a_card_lifts_it(
    climber: Climber, ladder: Any, travel: Callable[..., None]
) -> None:
    travel(2026, 1, 1, 12)
    climber.spends(500_000)
    set_tier_by_hand(
        actor=BOSS,
        member_id=climber.id,
        tier_id=ladder["普通"].pk,
        until=date(2026, 1, 5),
        is_fixed=True,
        reason="刷单",
    )
    assert climber.spends(500_000) == "普通"
    grant_card_tier(member_id=climber.id, tier_id=ladder["银卡"].pk, until=None, reference="C1")
    assert climber.tier == "银卡"
    end_card_tier(member_id=climber.id, reference="C1")
    travel(2026, 1, 5, 23, 50)
    assert climber.tier == "普通"
    travel(2026, 1, 6, 0, 0)
    assert climber.tier == "金卡"
    assert review_tiers() == 1
    assert climber.history[-1] == ("hand_ended", "金卡")


def test_decisions_are_refused_when_they_cannot_be(climber: Climber, ladder: Any) -> None:
    def decide(**changed: Any) -> None:
        wanted = {
            "actor": BOSS,
            "member_id": climber.id,
            "tier_id": ladder["银卡"].pk,
            "until": None,
            "is_fixed": False,
            "reason": "x",
            **changed,
        }
        set_tier_by_hand(**wanted)

    for refusal, changed in (
        (Forbidden, {"actor": Actor.member(climber.id)}),
        (NotFound, {"tier_id": 987_654}),
        (NotFound, {"member_id": 987_654}),
        (TierUnavailable, {"until": clock.today() - timedelta(days=1)}),
    ):
        with pytest.raises(refusal):
            decide(**changed)
    ladder["银卡"].is_active = False
    ladder["银卡"].save()
    with pytest.raises(TierUnavailable):
        decide()
    set_to("tiers_enabled", False)
    with pytest.raises(TiersOff):
        decide(tier_id=ladder["金卡"].pk)
    with pytest.raises(TiersOff):
        end_tier_by_hand(actor=BOSS, member_id=climber.id, reason="x")
    assert TierGrant.objects.count() == 0
    assert climber.history == []


def test_a_shop_without_tiers_does_nothing(climber: Climber, ladder: Any) -> None:
    set_to("tiers_enabled", False)
    grant_card_tier(member_id=climber.id, tier_id=ladder["金卡"].pk, until=None, reference="C1")
    assert climber.spends(500_000) == ""
    assert (review_tiers(), terms_of(climber.id, [1]), current_tier(climber.id)) == (0, None, None)
    assert climber.history == []
    set_to("tiers_enabled", True)  # what was bought meanwhile counts now
    assert climber.looked_at() == "金卡"


def test_a_shop_whose_ladder_is_empty_does_nothing(climber: Climber, ladder: Any) -> None:
    for tier in ladder.values():
        tier.is_active = False
        tier.save()
    assert evaluate_member(member_id=climber.id) is None
    assert (climber.tier, review_tiers()) == ("", 0)


def test_closed_accounts_are_left_alone(climber: Climber) -> None:
    climber.member.state = "closed"
    climber.member.closed_at = clock.now()
    climber.member.save()
    assert evaluate_member(member_id=climber.id) is None
    assert review_tiers() == 0


def test_members_from_before_the_tiers_are_reviewed_once(climber: Climber, ladder: Any) -> None:
    """Given a member who bought before, when the job runs, then they have what they earned."""
    MemberFacts.objects.create(member=climber.member, total_spent=600_000, orders_paid=3)
    new_member("o-other")

    assert review_tiers() == 2
    assert climber.tier == "金卡"
    assert review_tiers() == 0


def test_changed_tiers_are_applied_to_everybody(climber: Climber, ladder: Any) -> None:
    climber.spends(60_000)
    tier = ladder["银卡"]
    tier.from_spent, tier.changed_at = 50_000, clock.now()
    tier.save()
    assert review_tiers() == 1
    assert climber.tier == "银卡"
    assert review_tiers() == 0
    tier.is_active, tier.changed_at = False, clock.now()
    tier.save()
    assert review_tiers() == 1
    assert climber.history[-1] == ("rules", "普通")


def test_a_raised_threshold_takes_nothing_from_those_who_are_there(climber: Climber, ladder: Any) -> None:
    climber.spends(100_000)
    tier = ladder["银卡"]
    tier.from_spent, tier.changed_at = 900_000, clock.now()
    tier.save()
    review_tiers()
    assert climber.tier == "银卡"


def test_one_member_who_fails_does_not_keep_the_others_waiting(
    climber: Climber, ladder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Climber(new_member("o-other"))

    def evaluate(*, member_id: int) -> Any:
        if member_id == climber.id:
            raise NotFound
        return evaluate_member(member_id=member_id)

    monkeypatch.setattr(reviewing, "evaluate_member", evaluate)
    assert review_tiers() == 1
    assert MemberTier.objects.get().member_id == other.id


def test_early_access_and_empty_gifts(climber: Climber, ladder: Any) -> None:
    ladder["银卡"].early_access_minutes = 30
    ladder["银卡"].save()
    gift(ladder["银卡"], "level_up")
    assert early_access_of(climber.id) == timedelta()
    climber.spends(100_000)
    assert early_access_of(climber.id) == timedelta(minutes=30)
    assert TierIssue.objects.count() == 0
    assert not Gifts()
    set_to("tiers_enabled", False)
    assert early_access_of(climber.id) == timedelta()


def test_the_demonstration_has_a_ladder_of_its_own(climber: Climber) -> None:
    assert load_tiers() == "0 tiers"  # a shop that has some keeps them
    climber.looked_at()
    MemberTier.objects.all().delete()
    TierChange.objects.all().delete()
    Tier.objects.all().delete()
    assert (load_tiers(), load_tiers()) == ("3 tiers", "0 tiers")
    runtime.forget()
    assert climber.spends(200_000) == "金卡会员"
    assert climber.gift_money == 2_500
