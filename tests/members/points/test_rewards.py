"""Rules and their caps, and what orders earn from payment to refund."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError

from members.gifts import Gifts, available_gifts, grant_gifts, take_back_gifts
from members.points.audit import audit_points
from members.points.events import GrowthChanged
from members.points.jobs import credit_rewards
from members.points.models import PendingReward, PointsLot, RewardDay, RewardGrant
from members.points.services import (
    Granted,
    add_growth,
    grant_rule,
    spend_points,
    take_back_growth,
)
from members.points.services.rewards import (
    credit_reward,
    expect_reward,
    release_reward,
    reverse_reward,
)
from shop.core import clock
from shop.core.errors import LedgerConflict
from shop.core.models import OutboxEvent
from tests.members.points.savers import Saver, rule
from tests.members.wallet.purses import set_to

pytestmark = pytest.mark.django_db


def grant(saver: Saver, kind: str, reference: str, **more: int) -> Granted:
    return grant_rule(kind=kind, member_id=saver.id, reference=reference, **more)


def told() -> list[int]:
    rows = OutboxEvent.objects.filter(name=GrowthChanged.name).order_by("pk")
    return [payload["balance"] for payload in rows.values_list("payload", flat=True)]


def test_a_shop_without_a_rule_gives_nothing(saver: Saver) -> None:
    rule("share", points=5, is_active=False)

    assert grant(saver, "share", "1") == grant(saver, "review", "1") == Granted()
    assert saver.entries() == []
    assert not RewardGrant.objects.exists()


def test_a_deed_is_rewarded_once(saver: Saver) -> None:
    rule("review", points=20, growth=5)

    assert [grant(saver, "review", "O1"), grant(saver, "review", "O1")] == [Granted(20, 5)] * 2

    assert saver.entries() == [("review", 20, 20)]
    assert saver.growth_entries() == [("review", 5, 5)]
    assert told() == [5]
    with pytest.raises(ValueError, match="completed"):
        grant(saver, "order", "O1")


def test_caps_of_the_day_cut_and_end_at_beijing_midnight(
    saver: Saver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule("share", points=20, growth=3, points_per_day=50, growth_per_day=3)
    late = datetime(2026, 3, 1, 23, 59, tzinfo=clock.BEIJING)
    settings.SHOP_CLOCK_OFFSET = int((late - clock.wall()).total_seconds())

    given = [grant(saver, "share", str(number)) for number in range(4)]

    assert given == [Granted(20, 3), Granted(20, 0), Granted(10, 0), Granted(0, 0)]
    settings.SHOP_CLOCK_OFFSET += 120
    assert grant(saver, "share", "tomorrow") == Granted(20, 3)
    assert saver.points == 70
    assert list(RewardDay.objects.order_by("day").values_list("times", "points", "growth")) == [
        (4, 50, 3),
        (1, 20, 3),
    ]


def test_so_many_times_a_day(saver: Saver) -> None:
    rule("share", points=2, times_per_day=2)

    assert [grant(saver, "share", str(number)).points for number in range(3)] == [2, 2, 0]
    assert RewardGrant.objects.count() == 3


def test_a_longer_review_earns_more_within_the_same_caps(saver: Saver) -> None:
    rule("review", points=5, points_per_day=30)

    assert grant(saver, "review", "1", points=25) == Granted(25, 0)
    assert grant(saver, "review", "2", points=25, growth=4) == Granted(5, 4)


def test_a_cap_lowered_during_the_day_takes_nothing_back(saver: Saver) -> None:
    share = rule("share", points=20, points_per_day=50)
    grant(saver, "share", "1")
    share.points_per_day = 10
    share.save()

    assert grant(saver, "share", "2") == Granted(0, 0)
    assert saver.points == 20


def test_the_database_has_the_last_word_about_caps(saver: Saver) -> None:
    with pytest.raises(IntegrityError, match="points_day_within_caps"):
        RewardDay.objects.create(
            member_id=saver.id, kind="share", day=clock.today(), points=51, points_cap=50
        )


def test_points_expire_by_the_policy_of_the_day_they_were_earned(saver: Saver) -> None:
    rule("share", points=1)
    grant(saver, "share", "never")
    set_to("points_expiry", "calendar_year")
    grant(saver, "share", "year")
    set_to("points_expiry", "rolling")
    grant(saver, "share", "months")

    found = dict(PointsLot.objects.values_list("reference", "expires_at"))
    year = datetime(clock.today().year + 2, 1, 1, tzinfo=clock.BEIJING)
    assert found["never"] is None
    assert found["year"] == year
    months = found["months"]
    assert months is not None
    assert timedelta(days=364) < months - clock.now() < timedelta(days=368)


def paid(
    saver: Saver, reference: str = "O1", *, fen: int = 9_990, multiplier: int = 1000
) -> PendingReward | None:
    return expect_reward(member_id=saver.id, reference=reference, paid=fen, multiplier_permille=multiplier)


def completed(reference: str = "O1") -> None:
    release_reward(reference=reference, at=clock.now())


def test_an_order_earns_when_it_is_completed(saver: Saver) -> None:
    rule("order", points=2, growth=1)
    paid(saver, multiplier=1500)
    paid(saver, multiplier=1500)
    assert credit_rewards() == 0
    shown = saver.phone.get("/me/points").json()
    assert (shown["balance"], shown["pending"]) == (0, 297)
    [row] = saver.phone.get("/me/points/pending").json()["results"]
    assert (row["order"], row["points"], row["growth"], row["due_at"]) == ("O1", 297, 99, None)

    completed()
    assert [credit_rewards(), credit_rewards()] == [1, 0]

    assert (saver.points, saver.growth) == (297, 99)
    assert saver.phone.get("/me/growth").json() == {"balance": 99, "pending": 0}
    assert saver.phone.get("/me/points/pending").json()["results"] == []
    assert list(audit_points()) == []


def test_the_shop_may_wait_some_days_more(saver: Saver, shift_clock: Callable[[float], None]) -> None:
    set_to("points_settle_days", 7)
    rule("order", points=1)
    reward = paid(saver)
    assert reward is not None
    completed()
    shift_clock(7 * 86_400 - 60)
    assert credit_rewards() == 0
    assert credit_reward(reward_id=reward.pk) is False
    shift_clock(120)

    assert credit_rewards() == 1
    assert saver.points == 99


@pytest.mark.parametrize("fen", [0, 99, -800])
def test_small_orders_earn_nothing(saver: Saver, fen: int) -> None:
    rule("order", points=1, growth=1)
    assert paid(saver, fen=fen) is None
    assert not PendingReward.objects.exists()


def test_without_a_rule_or_beyond_its_cap_orders_earn_nothing(saver: Saver) -> None:
    assert paid(saver) is None
    rule("order", points=1, points_per_day=100)
    assert [getattr(paid(saver, f"O{n}"), "points", None) for n in range(3)] == [99, 1, None]


def test_refunds_before_the_credit_make_it_smaller(saver: Saver) -> None:
    rule("order", points=1, growth=1)
    paid(saver)
    for refunded in (3_330, 3_330, 6_660):
        reverse_reward(reference="O1", base=9_990, refunded=refunded)
    completed()
    credit_rewards()

    assert (saver.points, saver.growth) == (33, 33)
    assert list(audit_points()) == []


def test_an_order_that_went_back_whole_earns_nothing(saver: Saver) -> None:
    rule("order", points=1, growth=1)
    paid(saver)
    reverse_reward(reference="O1", base=9_990, refunded=9_990)
    reverse_reward(reference="UNKNOWN", base=1, refunded=1)
    completed()

    assert credit_rewards() == 0
    assert saver.entries() == []
    assert PendingReward.objects.get().state == "cancelled"


def test_refunds_after_the_credit_take_back_what_is_there_and_remember_the_rest(saver: Saver) -> None:
    rule("order", points=1, growth=1)
    paid(saver)
    completed()
    credit_rewards()
    spend_points(member_id=saver.id, amount=80, reason="order_points", reference="O2")

    reverse_reward(reference="O1", base=9_990, refunded=1_110)
    assert (saver.points, saver.growth) == (8, 88)
    reverse_reward(reference="O1", base=9_990, refunded=9_990)
    reverse_reward(reference="O1", base=9_990, refunded=9_990)

    assert (saver.points, saver.growth) == (0, 0)
    reward = PendingReward.objects.get()
    assert (reward.points_reversed, reward.points_missing, reward.growth_missing) == (99, 80, 0)
    assert list(audit_points()) == []


def test_growth_is_given_and_taken_back_once_and_told(saver: Saver) -> None:
    for _n in range(2):
        add_growth(member_id=saver.id, amount=30, reason="gift", reference="G")
    taken = [
        take_back_growth(member_id=saver.id, up_to=50, reason="gift_back", reference="G") for _n in range(2)
    ]
    assert taken == [30, 30]
    assert take_back_growth(member_id=saver.id, up_to=5, reason="gift_back", reference="H") == 0
    assert told() == [30, 0]
    with pytest.raises(LedgerConflict):
        add_growth(member_id=saver.id, amount=31, reason="gift", reference="G")
    for wrong in (0, -1):
        with pytest.raises(ValueError, match="something"):
            add_growth(member_id=saver.id, amount=wrong, reason="gift", reference="G2")
    with pytest.raises(ValueError, match="below zero"):
        take_back_growth(member_id=saver.id, up_to=-1, reason="gift_back", reference="G2")
    assert saver.growth == 0


def test_points_and_growth_are_gifts(saver: Saver) -> None:
    assert {"points", "growth"} <= available_gifts()
    gifts = Gifts(points=40, growth=7)
    for _n in range(2):
        grant_gifts(member_id=saver.id, gifts=gifts, reference="C1")
    spend_points(member_id=saver.id, amount=15, reason="order_points", reference="O1")

    assert take_back_gifts(member_id=saver.id, gifts=gifts, reference="C1") == Gifts(points=25, growth=7)
    assert (saver.points, saver.growth) == (0, 0)
