"""Lots: oldest expiry first, back where they came from, never a point lost or made."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.points.errors import InsufficientPoints
from members.points.events import PointsExpired, PointsExpiring
from members.points.models import PointsDraw, PointsLot, PointsSpend
from members.points.services import earn_points, return_points, spend_points, take_back_points
from members.points.services.lapsing import announce_batch, expire_batch
from shop.core import clock
from shop.core.errors import LedgerConflict, NotFound
from shop.core.ledger import audit_ledgers
from shop.core.models import OutboxEvent
from tests.members.points.savers import Saver
from tests.members.shoppers import new_member
from tests.members.wallet.purses import set_to

pytestmark = pytest.mark.django_db

DAY = 86_400


def in_days(days: float) -> datetime:
    return clock.now() + timedelta(days=days)


def spend(saver: Saver, amount: int, reference: str = "O1", **more: Any) -> None:
    spend_points(member_id=saver.id, amount=amount, reason="order_points", reference=reference, **more)


def told(name: str) -> list[dict[str, Any]]:
    return list(OutboxEvent.objects.filter(name=name).order_by("pk").values_list("payload", flat=True))


def test_what_expires_first_is_spent_first(saver: Saver) -> None:
    saver.given(100).given(50, until=in_days(30)).given(70, until=in_days(10))

    spend(saver, 90)

    assert saver.lots() == [(100, 100, 0), (50, 30, 0), (70, 0, 0)]
    assert saver.points == saver.booked == 130
    assert saver.entries()[-1] == ("order_points", -90, 130)


def test_spending_again_changes_nothing_and_another_amount_is_refused(saver: Saver) -> None:
    saver.given(100)
    spend(saver, 60)
    spend(saver, 60)

    with pytest.raises(LedgerConflict):
        spend(saver, 61)
    assert saver.points == 40
    assert PointsSpend.objects.count() == 1


def test_nobody_spends_more_than_there_is_or_than_still_lives(
    saver: Saver, shift_clock: Callable[[float], None]
) -> None:
    saver.given(100, until=in_days(1)).given(50)
    shift_clock(DAY + 1)

    with pytest.raises(InsufficientPoints) as refusal:
        spend(saver, 51)

    assert refusal.value.extra == {"available": 50}
    assert (saver.points, saver.booked) == (50, 150)
    spend(saver, 50)
    assert saver.lots() == [(100, 100, 0), (50, 0, 0)]


def test_points_come_back_to_their_lots_the_longest_living_first(saver: Saver) -> None:
    saver.given(100, until=in_days(10)).given(100, until=in_days(20)).given(100)
    spend(saver, 250)

    return_points(member_id=saver.id, reference="O1", amount=60, cause="R1")
    assert [left for _amount, left, _expired in saver.lots()] == [0, 10, 100]
    return_points(member_id=saver.id, reference="O1", amount=60, cause="R1")
    return_points(member_id=saver.id, reference="O1", amount=190, cause="R2")

    assert [left for _amount, left, _expired in saver.lots()] == [100, 100, 100]
    assert saver.entries()[-2:] == [("points_returned", 60, 110), ("points_returned", 190, 300)]
    with pytest.raises(LedgerConflict):
        return_points(member_id=saver.id, reference="O1", amount=61, cause="R1")
    with pytest.raises(ValueError, match="covered"):
        return_points(member_id=saver.id, reference="O1", amount=1, cause="R3")
    with pytest.raises(NotFound):
        return_points(member_id=saver.id, reference="O2", amount=1)
    assert saver.points == 300


def test_a_spending_that_came_back_whole_can_be_renewed(saver: Saver) -> None:
    saver.given(100)
    spend(saver, 80)
    spend(saver, 80, renew=True)
    assert saver.points == 20
    return_points(member_id=saver.id, reference="O1", amount=80, cause="closed")

    spend(saver, 80, renew=True)
    assert saver.points == 20
    return_points(member_id=saver.id, reference="O1", amount=80, cause="closed")

    assert saver.points == 100
    assert [entry[:2] for entry in saver.entries()[1:]] == [
        ("order_points", -80),
        ("points_returned", 80),
        ("order_points", -80),
        ("points_returned", 80),
    ]


def test_points_that_come_back_too_late_live_on_for_some_days(
    saver: Saver, shift_clock: Callable[[float], None]
) -> None:
    saver.given(100, until=in_days(1))
    spend(saver, 60)
    shift_clock(2 * DAY)

    return_points(member_id=saver.id, reference="O1", amount=60, cause="closed")

    lot = PointsLot.objects.get()
    assert (lot.left, lot.expired, saver.points, saver.booked) == (60, 40, 60, 60)
    assert lot.expires_at is not None
    assert timedelta(days=30) < lot.expires_at - clock.now() <= timedelta(days=31)
    assert lot.expires_at.astimezone(clock.BEIJING).hour == 0
    assert told(PointsExpired.name) == [{"member_id": saver.id, "points": 40}]


def test_without_days_of_grace_they_expire_once_more(
    saver: Saver, shift_clock: Callable[[float], None]
) -> None:
    set_to("points_return_days", 0)
    saver.given(100, until=in_days(1))
    spend(saver, 60)
    shift_clock(2 * DAY)
    assert expire_batch() == 1

    return_points(member_id=saver.id, reference="O1", amount=60, cause="closed")
    assert saver.points == 0
    assert expire_batch() == 1

    assert saver.lots() == [(100, 0, 100)]
    assert saver.booked == 0
    assert expire_batch() == 0


def test_taking_back_stops_at_what_is_left_and_happens_once(saver: Saver) -> None:
    saver.given(100)
    spend(saver, 70)

    taken = [
        take_back_points(member_id=saver.id, up_to=50, reason="gift_back", reference="G1") for _n in range(2)
    ]

    assert taken == [30, 30]
    assert saver.points == saver.booked == 0
    assert take_back_points(member_id=saver.id, up_to=5, reason="gift_back", reference="G2") == 0
    with pytest.raises(ValueError, match="below zero"):
        take_back_points(member_id=saver.id, up_to=-1, reason="gift_back", reference="G3")


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_is_neither_earned_nor_spent(saver: Saver, amount: int) -> None:
    with pytest.raises(ValueError, match="something"):
        earn_points(member_id=saver.id, amount=amount, reason="gift", reference="G")
    with pytest.raises(ValueError, match="something"):
        spend(saver, amount)


def test_earning_again_changes_nothing_and_another_amount_is_refused(saver: Saver) -> None:
    for _n in range(2):
        earn_points(member_id=saver.id, amount=9, reason="gift", reference="G")

    with pytest.raises(LedgerConflict):
        earn_points(member_id=saver.id, amount=8, reason="gift", reference="G")
    assert saver.points == 9


def test_expiry_is_announced_once_and_then_happens(
    saver: Saver, shift_clock: Callable[[float], None]
) -> None:
    first = in_days(10)
    saver.given(40, until=in_days(12)).given(30, until=first).given(20, until=in_days(60)).given(5)

    assert announce_batch() == 2
    assert announce_batch() == 0
    assert told(PointsExpiring.name) == [
        {"member_id": saver.id, "points": 70, "expires_at": first.isoformat()}
    ]
    shift_clock(13 * DAY)
    assert expire_batch() == 2

    assert told(PointsExpired.name) == [{"member_id": saver.id, "points": 70}]
    assert saver.points == saver.booked == 25


ACTIONS = st.lists(
    st.tuples(st.sampled_from(["earn", "spend", "return", "expire", "take"]), st.integers(1, 60)),
    max_size=25,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=ACTIONS)
def test_no_sequence_loses_or_makes_a_point(settings: Any, actions: list[tuple[str, int]]) -> None:
    settings.SHOP_CLOCK_OFFSET = 0
    saver = Saver(new_member())
    given_away = 0
    for number, (action, amount) in enumerate(actions):
        if action == "earn":
            saver.given(amount, until=in_days(amount) if amount % 3 else None)
            given_away += amount
        elif action == "spend" and amount <= saver.points:
            spend(saver, amount, f"O{number}")
        elif action == "return":
            _return_some(saver, amount, f"R{number}")
        elif action == "take":
            take_back_points(member_id=saver.id, up_to=amount, reason="gift_back", reference=f"T{number}")
        elif action == "expire":
            settings.SHOP_CLOCK_OFFSET += amount * DAY // 4
            expire_batch()
        _assert_sound(saver, given_away)


def _return_some(saver: Saver, amount: int, cause: str) -> None:
    spends = PointsSpend.objects.filter(member_id=saver.id, reason="order_points").order_by("-pk")
    for one in spends:
        if left := min(amount, one.amount - one.returned):
            return_points(member_id=saver.id, reference=one.reference, amount=left, cause=cause)
            return


def _assert_sound(saver: Saver, given_away: int) -> None:
    lots = saver.lots()
    draws = PointsDraw.objects.filter(spend__member_id=saver.id).values_list("amount", "returned")
    assert sum(left for _amount, left, _expired in lots) == saver.booked == sum(e[1] for e in saver.entries())
    assert saver.points <= saver.booked
    gone = sum(expired for _amount, _left, expired in lots) + sum(amount - back for amount, back in draws)
    assert given_away == saver.booked + gone
    assert list(audit_ledgers()) == []
