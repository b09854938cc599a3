"""How far members are with their tasks, and giving the reward: counted by events, taken by the member."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import F, Q, QuerySet

from members.gifts import take_back_gifts
from members.models import Member
from members.rewards.errors import TaskUnavailable, TaskUnfinished
from members.rewards.events import TaskRewarded
from members.rewards.models import Task, TaskClaim, TaskEvent, TaskProgress
from members.rewards.queries import done_by_state, running_tasks
from members.rewards.rules import beijing_day, window_start
from members.rewards.services.giving import give
from members.services.locking import lock_member
from shop.core import clock
from shop.core.db import in_transaction, lock_rows
from shop.core.errors import NotFound
from shop.core.outbox import publish
from shop.core.prepared import Prepared
from shop.core.rows import insert_unless_there

REASON = "task"
BACK = "task_back"

_ADD = """
INSERT INTO members_taskprogress AS progress (task_id, member_id, "window", amount, changed_at)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (member_id, task_id, "window") DO UPDATE
SET amount = progress.amount + excluded.amount, changed_at = excluded.changed_at
"""

_IS_COUNTED = Prepared("""
SELECT EXISTS (
    SELECT FROM members_task
    WHERE is_active AND kind = ANY(%(kinds)s)
        AND (starts_at IS NULL OR starts_at <= %(at)s) AND (ends_at IS NULL OR ends_at > %(at)s))
""")


@dataclass(frozen=True, slots=True)
class Claimed:
    """The reward of a task that a member has; ``is_new`` when this call gave it."""

    claim: TaskClaim
    is_new: bool


def deeds_count(*, kinds: Sequence[str], at: datetime) -> bool:
    """Return whether any task that ran at this moment counts deeds of these kinds. One query."""
    with connection.cursor() as cursor:
        _IS_COUNTED.run(cursor, {"kinds": list(kinds), "at": at})
        return bool(cursor.fetchone()[0])


@in_transaction
def count_deed(
    *, kind: str, member_id: int, reference: str, amount: int = 1, at: datetime | None = None
) -> int:
    """Count a deed for every task of its kind that ran at that moment; return for how many it was new.

    Once for each task, member, window and ``reference``, whoever tells it again. Locks the progress, in order
    of the tasks.
    """
    if amount <= 0:
        raise ValueError("A deed counts for something.")
    moment = at or clock.now()
    counted = 0
    for task in running_tasks(moment).filter(kind=kind).order_by("pk"):
        window = window_start(task.window, beijing_day(moment))
        deed = TaskEvent(
            task_id=task.pk, member_id=member_id, window=window, reference=reference, amount=amount
        )
        if insert_unless_there(deed, "member", "task", "window", "reference"):
            with connection.cursor() as cursor:
                cursor.execute(_ADD, [task.pk, member_id, window, amount, clock.now()])
            counted += 1
    return counted


@in_transaction
def undo_deed(*, kind: str, member_id: int, reference: str, amount: int | None = None) -> None:
    """Take ``amount`` of a deed back (all of it for ``None``), never more than it counted for.

    A reward that was taken for a task that is no longer done is taken back, as far as it is still there.
    Locks the member, deeds, progress, claim, then wallet, points, growth.
    """
    lock_rows(Member.objects.filter(pk=member_id))
    for deed in lock_rows(TaskEvent.objects.filter(_deeds(kind, member_id, reference))):
        less = deed.amount if amount is None else min(amount, deed.amount)
        if not less:
            continue
        TaskEvent.objects.filter(pk=deed.pk).update(amount=F("amount") - less)
        key = {"task_id": deed.task_id, "member_id": member_id, "window": deed.window}
        progress = TaskProgress.objects.filter(**key)
        progress.update(amount=F("amount") - less, changed_at=clock.now())
        left = progress.values_list("amount", flat=True).get()
        for claim in lock_rows(TaskClaim.objects.filter(reversed_at__isnull=True, goal__gt=left, **key)):
            _take_back(claim)


def _deeds(kind: str, member_id: int, reference: str) -> Q:
    return Q(task__kind=kind, member_id=member_id, reference=reference)


def _take_back(claim: TaskClaim) -> None:
    take_back_gifts(member_id=claim.member_id, gifts=claim.gifts, reason=BACK, reference=_reference(claim))
    claim.reversed_at = clock.now()
    claim.save(update_fields=["reversed_at"])


@in_transaction
def claim_task(*, member_id: int, task_id: int) -> Claimed:
    """Give a member the reward of a task that is done in its present window; repeated, return what was given.

    Locks the member, the progress, then wallet, points, growth; the unique claim has the last word. Raises
    ``NotFound``, ``TaskUnavailable``, ``TaskUnfinished`` (409), ``TokenInvalid``; nothing is written then.
    """
    member = lock_member(member_id=member_id)
    task = Task.objects.filter(pk=task_id).first()
    if task is None:
        raise NotFound
    now = clock.now()
    window = window_start(task.window, beijing_day(now))
    known = TaskClaim.objects.filter(member_id=member_id, task=task, window=window).first()
    if known is not None:
        return Claimed(known, is_new=False)
    if not running_tasks(now).filter(pk=task_id).exists():
        raise TaskUnavailable
    progress = TaskProgress.objects.filter(member_id=member_id, task=task, window=window)
    done = done_by_state(task.kind, member)
    if done is None:
        done = sum(row.amount for row in lock_rows(progress))
    if done < task.goal:
        raise TaskUnfinished(done=done, goal=task.goal)
    return _give(task, TaskClaim(member_id=member_id, task=task, window=window), _claims(member_id, task))


def _claims(member_id: int, task: Task) -> QuerySet[TaskClaim]:
    return TaskClaim.objects.filter(member_id=member_id, task=task)


def _give(task: Task, claim: TaskClaim, claims: QuerySet[TaskClaim]) -> Claimed:
    claim.goal, claim.created_at = task.goal, clock.now()
    claim.points, claim.growth, claim.money = task.points, task.growth, task.money
    if not insert_unless_there(claim, "member", "task", "window"):
        return Claimed(claims.get(window=claim.window), is_new=False)
    give(member_id=claim.member_id, gifts=claim.gifts, reason=REASON, reference=_reference(claim))
    publish(
        TaskRewarded(
            claim.member_id, task=task.pk, points=claim.points, growth=claim.growth, money=claim.money
        )
    )
    return Claimed(claim, is_new=True)


def _reference(claim: TaskClaim) -> str:
    return f"{claim.task_id}:{claim.window.isoformat()}"
