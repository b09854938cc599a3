"""Reads for the API and the console."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Count, Q, QuerySet

from members.gifts import Gifts
from members.models import Member
from members.points.services.granting import rule_of
from members.rewards.models import (
    CheckIn,
    CheckInMonth,
    CheckInReward,
    Invitation,
    InviteReward,
    Task,
    TaskClaim,
    TaskProgress,
)
from members.rewards.models.tasks import TaskKind
from members.rewards.rules import (
    Cycle,
    add_gifts,
    beijing_day,
    missed_days,
    month_days,
    window_end,
    window_start,
)
from members.services.completeness import is_complete
from shop.core import clock
from shop.core.runtime import value

COMING_DAYS = 7
_DAY = timedelta(days=1)


def cycle_in_force() -> Cycle:
    """Return what the days of a streak earn; one query."""
    rewards = {row.day: row.gifts for row in CheckInReward.objects.all()}
    return Cycle(rewards, str(value("check_in_after_cycle")))


@dataclass(frozen=True, slots=True)
class ComingDay:
    """A day, which day of the streak it is if none is missed until then, and what it earns."""

    day: date
    streak: int
    reward: Gifts


@dataclass(frozen=True, slots=True)
class MakeUpsLeft:
    """How many days of this month can still be made up, how many of them for free, and the others' price."""

    left: int
    free: int
    points: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """A member's month of check-ins, and how it goes on."""

    today: date
    month: date
    rows: list[CheckIn]
    streak: int
    is_checked_in: bool
    missed: list[date]
    make_ups: MakeUpsLeft
    coming: list[ComingDay]
    cycle: Cycle


def calendar_of(member: Member, *, month: date | None = None) -> Calendar:
    """Return a month of the member's (this one for ``None``), and today's and the coming rewards."""
    today = clock.today()
    shown = (month or today).replace(day=1)
    rows = _check_ins(member.pk, shown)
    own = rows if shown == today.replace(day=1) else _check_ins(member.pk, today)
    # A streak may have begun before this month; yesterday may lie before it too.
    recent = {row.day: row.streak for row in own}
    if today.day == 1:
        recent.update(_check_in_on(member.pk, today - _DAY))
    streak = recent.get(today) or recent.get(today - _DAY, 0)
    cycle, is_checked_in = cycle_in_force(), today in recent
    make_ups = _make_ups_left(member.pk, today)
    joined = beijing_day(member.created_at)
    missed = missed_days(days=frozenset(recent), today=today, joined=joined) if make_ups.left else []
    return Calendar(
        today=today,
        month=shown,
        rows=rows,
        streak=streak,
        is_checked_in=is_checked_in,
        missed=missed,
        make_ups=make_ups,
        coming=_coming(cycle, today, streak if is_checked_in else streak + 1),
        cycle=cycle,
    )


def _check_ins(member_id: int, month: date) -> list[CheckIn]:
    days = month_days(month)
    found = CheckIn.objects.filter(member_id=member_id, day__gte=days[0], day__lte=days[-1])
    return list(found.order_by("day"))


def _check_in_on(member_id: int, day: date) -> dict[date, int]:
    return dict(CheckIn.objects.filter(member_id=member_id, day=day).values_list("day", "streak"))


def _coming(cycle: Cycle, today: date, position: int) -> list[ComingDay]:
    rule = rule_of("check_in")
    base = Gifts() if rule is None else Gifts(points=rule.points, growth=rule.growth)
    return [
        ComingDay(today + _DAY * number, position + number, add_gifts(base, cycle.reward(position + number)))
        for number in range(COMING_DAYS)
    ]


def _make_ups_left(member_id: int, today: date) -> MakeUpsLeft:
    cap, free, points = (
        int(value(name))
        for name in ("check_in_make_ups", "check_in_free_make_ups", "check_in_make_up_points")
    )
    months = CheckInMonth.objects.filter(member_id=member_id, month=today.replace(day=1))
    used = months.values_list("made_up", flat=True).first() or 0
    free_left = max(0, min(cap, free) - used)
    return MakeUpsLeft(max(0, cap - used) if points else free_left, free_left, points)


def invitations_of(member_id: int) -> QuerySet[Invitation]:
    """Return whom the member brought, with their names."""
    return Invitation.objects.filter(inviter_id=member_id).select_related("newcomer")


def invite_rewards() -> dict[str, Gifts]:
    """Return what each side gets, by side."""
    return {row.side: row.gifts for row in InviteReward.objects.all()}


def invite_counts(member_id: int) -> tuple[int, int]:
    """Return how many the member brought, and for how many a reward stands."""
    rewarded = Count("pk", filter=Q(state=Invitation.State.REWARDED))
    found = Invitation.objects.filter(inviter_id=member_id).aggregate(all=Count("pk"), rewarded=rewarded)
    return found["all"], found["rewarded"]


CHAIN_LENGTH = 50
_CHAIN = """
WITH RECURSIVE chain (member_id, depth) AS (
    SELECT inviter_id, 1 FROM members_invitation WHERE newcomer_id = %s
    UNION ALL
    SELECT i.inviter_id, chain.depth + 1
    FROM members_invitation i JOIN chain ON i.newcomer_id = chain.member_id WHERE chain.depth < %s)
SELECT member_id FROM chain ORDER BY depth
"""


def chain_of(member_id: int) -> list[int]:
    """Return who brought the member, who brought that one, and so on; one query, at most ``CHAIN_LENGTH``."""
    with connection.cursor() as cursor:
        cursor.execute(_CHAIN, [member_id, CHAIN_LENGTH])
        return [row[0] for row in cursor.fetchall()]


def running_tasks(moment: datetime) -> QuerySet[Task]:
    """Return the tasks that are offered at a moment, in the merchant's order."""
    begun = Q(starts_at__isnull=True) | Q(starts_at__lte=moment)
    lasting = Q(ends_at__isnull=True) | Q(ends_at__gt=moment)
    return Task.objects.filter(begun, lasting, is_active=True).order_by("position", "pk")


def done_by_state(kind: str, member: Member) -> int | None:
    """Return how far a task is that looks at how the member is; ``None`` for one that counts deeds."""
    if kind == TaskKind.PROFILE:
        return int(is_complete(member))
    if kind == TaskKind.PHONE:
        return int(bool(member.phone_hash))
    return None


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task as one member sees it: how much is done in the present window, until when, and the claim."""

    task: Task
    done: int
    window: date
    ends_at: datetime | None
    claim: TaskClaim | None

    @property
    def state(self) -> str:
        """Return ``open``, ``done`` (the reward can be taken), ``claimed`` or ``reversed``."""
        if self.claim is not None:
            return "reversed" if self.claim.reversed_at else "claimed"
        return "done" if self.done >= self.task.goal else "open"


def tasks_of(member: Member) -> list[TaskView]:
    """Return the tasks that are offered now, with the member's progress; three queries."""
    now = clock.now()
    tasks = list(running_tasks(now))
    windows = {task.pk: window_start(task.window, beijing_day(now)) for task in tasks}
    own = {"member_id": member.pk, "task__in": tasks, "window__in": set(windows.values())}
    amounts = {(row.task_id, row.window): row.amount for row in TaskProgress.objects.filter(**own)}
    claims = {(row.task_id, row.window): row for row in TaskClaim.objects.filter(**own)}
    return [_view(task, windows[task.pk], member, amounts, claims) for task in tasks]


def _view(
    task: Task,
    window: date,
    member: Member,
    amounts: dict[tuple[int, date], int],
    claims: dict[tuple[int, date], TaskClaim],
) -> TaskView:
    by_state = done_by_state(task.kind, member)
    done = amounts.get((task.pk, window), 0) if by_state is None else by_state
    ends = [moment for moment in (window_end(task.window, window), task.ends_at) if moment is not None]
    return TaskView(task, done, window, min(ends, default=None), claims.get((task.pk, window)))
