"""Members who come, bring others and do tasks, on days that the test chooses."""

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from members.models import Member
from shop.core import clock
from tests.members.rewards.guests import Guest
from tests.members.shoppers import new_member
from tests.shopfloor import subscriptions

ORDER_EVENTS = {
    "orders.order_paid": ("count_order", "first_order_paid"),
    "orders.order_refunded": ("uncount_order", "first_order_refunded"),
}

Travel = Callable[[str], datetime]


@pytest.fixture(autouse=True)
def only_rewards_hear_of_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    """The orders here are told of, but not there: the other rooms that listen would look for them."""
    for event, names in ORDER_EVENTS.items():
        handlers = tuple(f"members.rewards.handlers.{name}" for name in names)
        assert set(handlers) < set(subscriptions.SUBSCRIPTIONS[event])
        monkeypatch.setitem(subscriptions.SUBSCRIPTIONS, event, handlers)


@pytest.fixture
def travel(settings: Any) -> Travel:
    """Go to a moment of Beijing, ``2026-03-01`` (noon) or ``2026-03-01 23:59``; time goes on from there."""

    def to(moment: str) -> datetime:
        text = moment if " " in moment else f"{moment} 12:00"
        there = datetime.fromisoformat(f"{text}:00+08:00")
        settings.SHOP_CLOCK_OFFSET = math.ceil((there - clock.wall()).total_seconds())
        return there

    return to


@pytest.fixture
def guest(member: Member, travel: Travel) -> Guest:
    """A member who joined long ago; it is noon of Tuesday, 10 March 2026."""
    joined = travel("2026-03-10") - timedelta(days=800)
    Member.objects.filter(pk=member.pk).update(created_at=joined)
    member.created_at = joined
    return Guest(member)


@pytest.fixture
def friend(guest: Guest) -> Guest:
    """A younger member."""
    return Guest(new_member("o-friend", nickname="小红"))
