"""A member and what they got, as short sentences."""

from datetime import date
from typing import Any

from members.models import Member
from members.points.models import RewardRule
from members.points.queries import growth_balance, points_balance
from members.rewards.models import CheckIn, CheckInReward, InviteReward, Task
from members.rewards.services.checking_in import CheckedIn, check_in
from members.rewards.services.inviting import bind_newcomer, ensure_code
from members.wallet.queries import balance_of
from orders.events import OrderPaid, OrderRefunded
from shop.core import runtime
from shop.core.actors import Actor
from shop.core.db import transaction
from shop.core.outbox import publish, relay
from tests.members.shoppers import Browser, browser_of

OWNER = Actor.system("tests")


class Guest:
    def __init__(self, member: Member) -> None:
        self.member = member
        self.phone: Browser = browser_of(member)

    @property
    def id(self) -> int:
        return int(self.member.pk)

    @property
    def has(self) -> tuple[int, int, int]:
        """Points, growth, gift money."""
        return points_balance(self.id), growth_balance(self.id), balance_of(self.id).gift

    def check_in(self, day: str = "") -> CheckedIn:
        return check_in(member_id=self.id, day=date.fromisoformat(day) if day else None)

    def days(self) -> list[tuple[str, int]]:
        """Day and position in the streak, oldest first."""
        rows = CheckIn.objects.filter(member_id=self.id).order_by("day")
        return [(day.isoformat(), streak) for day, streak in rows.values_list("day", "streak")]

    @property
    def code(self) -> str:
        return ensure_code(member_id=self.id)

    def brings(self, friend: "Guest", openid: str = "o-friend") -> Any:
        with transaction():
            return bind_newcomer(newcomer=friend.member, code=self.code, openid=openid)

    def pays(self, order: str, paid: int = 5_000, *, at: str = "2026-03-10T12:00:00+08:00") -> None:
        """Let orders tell that an order is paid."""
        tell(OrderPaid(order, 1, self.id, paid, paid=paid, paid_at=at))

    def gets_back(self, order: str, amount: int, *, whole: bool = True) -> None:
        """Let orders tell that money went back."""
        tell(OrderRefunded(order, 1, self.id, amount, refund=f"R{order}", amount=amount, whole=whole))

    def tasks(self) -> dict[str, tuple[str, int]]:
        """State and progress of every task, by name."""
        answer = self.phone.get("/me/tasks").json()
        return {row["name"]: (row["state"], row["done"]) for row in answer["results"]}


def tell(event: Any) -> None:
    """Publish an event, and let everybody hear it."""
    with transaction():
        publish(event)
    settle()


def settle() -> None:
    """Deliver every event there is."""
    while relay(100):
        pass


def set_to(name: str, value: Any) -> None:
    """Change a setting, and see it at once."""
    runtime.set_value(actor=OWNER, name=name, value=value)
    runtime.forget()


def cycle(*points: int, money: int = 0) -> None:
    """Day 1, 2, 3, ... earn so many points; the last one gift money too."""
    last = len(points)
    for day, amount in enumerate(points, start=1):
        CheckInReward.objects.create(day=day, points=amount, growth=1, money=money if day == last else 0)


def invite_reward(side: str, **gifts: int) -> None:
    InviteReward.objects.create(side=side, **gifts)


def task(name: str, kind: str, **fields: Any) -> Task:
    return Task.objects.create(name=name, kind=kind, **{"points": 10, **fields})


def rule(kind: str, **fields: Any) -> RewardRule:
    return RewardRule.objects.create(kind=kind, **fields)
