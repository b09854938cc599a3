"""Demonstration data: a week of check-ins, three tasks, what an invitation earns."""

from members.rewards.models import CheckInReward, InviteReward, Task
from members.rewards.models.invites import Side
from members.rewards.models.tasks import TaskKind, TaskWindow
from shop.core.db import in_transaction

_CYCLE = ((1, 1, 0), (2, 2, 0), (3, 5, 0), (4, 5, 0), (5, 10, 0), (6, 10, 0), (7, 50, 100))
"""Day, points and gift money in fen, on top of what the earning rule gives for every day."""


@in_transaction
def load_rewards() -> str:
    """Set up check-in, invitations and tasks in a shop that has none of each; safe to repeat."""
    made = _load_cycle() + _load_invitations() + _load_tasks()
    return f"{made} rewards"


def _load_cycle() -> int:
    if CheckInReward.objects.exists():
        return 0
    rows = [CheckInReward(day=day, points=points, money=money) for day, points, money in _CYCLE]
    return len(CheckInReward.objects.bulk_create(rows))


def _load_invitations() -> int:
    if InviteReward.objects.exists():
        return 0
    rows = [
        InviteReward(side=Side.INVITER, money=500),
        InviteReward(side=Side.NEWCOMER, points=50, money=200),
    ]
    return len(InviteReward.objects.bulk_create(rows))


def _load_tasks() -> int:
    if Task.objects.exists():
        return 0
    rows = [
        Task(
            name="完善个人资料",
            text="设置头像、昵称、生日和性别",
            kind=TaskKind.PROFILE,
            points=50,
            position=1,
        ),
        Task(
            name="每周下单 2 笔",
            text="本周完成付款的订单满 2 笔",
            kind=TaskKind.ORDERS,
            goal=2,
            window=TaskWindow.WEEKLY,
            points=100,
            growth=20,
            position=2,
        ),
        Task(
            name="本月邀请 3 位新朋友",
            text="邀请的好友完成首单即计入",
            kind=TaskKind.INVITE,
            goal=3,
            window=TaskWindow.MONTHLY,
            money=500,
            position=3,
        ),
    ]
    return len(Task.objects.bulk_create(rows))
