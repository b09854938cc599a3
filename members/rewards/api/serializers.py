"""What clients send about check-in, invitations and tasks, and what they get."""

from datetime import date
from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from members.gifts import Gifts
from members.rewards.models import CheckIn, Invitation, TaskClaim
from members.rewards.models.invites import Condition, Side
from members.rewards.models.tasks import TaskKind, TaskWindow
from members.rewards.queries import Calendar, TaskView
from members.rewards.services.invite_rewards import given_to
from members.wallet.rules import parse_month
from shop.core.api.serializers import StrictQuery, StrictSerializer
from shop.core.masking import mask_name


class MonthQuery(StrictQuery):
    """Which month to show, from 2000 on; the present one when absent."""

    month = serializers.RegexField(r"^2[0-9]{3}-(0[1-9]|1[0-2])\Z", required=False, max_length=7)

    def validate_month(self, text: str) -> date:
        """Return the month's first day."""
        return parse_month(text)


class CheckInBody(StrictSerializer):
    """Nothing to check in today; a missed day of this month to make it up."""

    day = serializers.DateField(required=False)


class BundleSchema(serializers.Serializer[Any]):
    """Points, growth, and gift money in fen."""

    points = serializers.IntegerField()
    growth = serializers.IntegerField()
    money = serializers.IntegerField()


class CheckInSchema(serializers.Serializer[Any]):
    """A day that is checked in, which day of a streak it is, and what it gave."""

    day = serializers.DateField()
    streak = serializers.IntegerField()
    made_up = serializers.BooleanField()
    cost = serializers.IntegerField()
    reward = BundleSchema()


class ComingDaySchema(serializers.Serializer[Any]):
    """What a day will earn if none is missed until then."""

    day = serializers.DateField()
    streak = serializers.IntegerField()
    reward = BundleSchema()


class CycleDaySchema(serializers.Serializer[Any]):
    """What a day of a streak earns."""

    streak = serializers.IntegerField()
    reward = BundleSchema()


class CalendarSchema(serializers.Serializer[Any]):
    """A month of check-ins. ``missed`` are days of the present month that can still be made up."""

    open = serializers.BooleanField()
    today = serializers.DateField()
    month = serializers.CharField()
    days = CheckInSchema(many=True)
    streak = serializers.IntegerField()
    checked_in = serializers.BooleanField()
    missed = serializers.ListField(child=serializers.DateField())
    make_ups = inline_serializer(
        "MakeUps",
        {
            "left": serializers.IntegerField(),
            "free": serializers.IntegerField(),
            "points": serializers.IntegerField(),
        },
    )
    coming = ComingDaySchema(many=True)
    cycle = CycleDaySchema(many=True)


class InvitedSchema(serializers.Serializer[Any]):
    """Somebody the member brought; the name is masked."""

    name = serializers.CharField()
    state = serializers.ChoiceField(choices=Invitation.State.choices)
    joined_at = serializers.DateTimeField()
    counted_at = serializers.DateTimeField(allow_null=True)
    reward = BundleSchema()


class InvitesSchema(serializers.Serializer[Any]):
    """The member's invitation code, what an invitation earns, and whom the member brought."""

    code = serializers.CharField()
    condition = serializers.ChoiceField(choices=Condition.choices)
    inviter_reward = BundleSchema()
    newcomer_reward = BundleSchema()
    day_cap = serializers.IntegerField(allow_null=True)
    total_cap = serializers.IntegerField(allow_null=True)
    brought = serializers.IntegerField()
    rewarded = serializers.IntegerField()
    results = InvitedSchema(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


TASK_STATES = ("open", "done", "claimed", "reversed")


class TaskSchema(serializers.Serializer[Any]):
    """A task and how far the member is; ``ends_at`` is when its present window is over."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    text = serializers.CharField(allow_blank=True)
    kind = serializers.ChoiceField(choices=TaskKind.choices)
    window = serializers.ChoiceField(choices=TaskWindow.choices)
    goal = serializers.IntegerField()
    done = serializers.IntegerField()
    state = serializers.ChoiceField(choices=TASK_STATES)
    ends_at = serializers.DateTimeField(allow_null=True)
    reward = BundleSchema()


TASKS = inline_serializer("Tasks", {"results": TaskSchema(many=True)})
TASK_CLAIM = inline_serializer(
    "TaskClaim",
    {
        "task": serializers.IntegerField(),
        "claimed_at": serializers.DateTimeField(),
        "reward": BundleSchema(),
    },
)


def bundle_body(gifts: Gifts) -> dict[str, int]:
    """Return a bundle of gifts."""
    return {"points": gifts.points, "growth": gifts.growth, "money": gifts.money}


def check_in_body(row: CheckIn) -> dict[str, Any]:
    """Return a day that is checked in."""
    return {
        "day": row.day,
        "streak": row.streak,
        "made_up": row.is_made_up,
        "cost": row.cost,
        "reward": bundle_body(row.gifts),
    }


def calendar_body(calendar: Calendar, *, is_open: bool) -> dict[str, Any]:
    """Return a month of check-ins."""
    make_ups = calendar.make_ups
    return {
        "open": is_open,
        "today": calendar.today,
        "month": f"{calendar.month:%Y-%m}",
        "days": [check_in_body(row) for row in calendar.rows],
        "streak": calendar.streak,
        "checked_in": calendar.is_checked_in,
        "missed": calendar.missed,
        "make_ups": {"left": make_ups.left, "free": make_ups.free, "points": make_ups.points},
        "coming": [
            {"day": coming.day, "streak": coming.streak, "reward": bundle_body(coming.reward)}
            for coming in calendar.coming
        ],
        "cycle": [
            {"streak": day, "reward": bundle_body(gifts)}
            for day, gifts in sorted(calendar.cycle.rewards.items())
        ],
    }


def invited_body(invitation: Invitation) -> dict[str, Any]:
    """Return somebody the member brought, as the inviter may see them."""
    return {
        "name": mask_name(invitation.newcomer.nickname),
        "state": invitation.state,
        "joined_at": invitation.created_at,
        "counted_at": invitation.counted_at,
        "reward": bundle_body(given_to(invitation, Side.INVITER)),
    }


def task_body(view: TaskView) -> dict[str, Any]:
    """Return a task with the member's progress; more than the goal is shown as the goal."""
    task = view.task
    return {
        "id": task.pk,
        "name": task.name,
        "text": task.text,
        "kind": task.kind,
        "window": task.window,
        "goal": task.goal,
        "done": min(view.done, task.goal),
        "state": view.state,
        "ends_at": view.ends_at,
        "reward": bundle_body(task.gifts),
    }


def claim_body(claim: TaskClaim) -> dict[str, Any]:
    """Return a reward that was taken."""
    return {
        "task": claim.task_id,
        "claimed_at": claim.created_at,
        "reward": bundle_body(claim.gifts),
    }
