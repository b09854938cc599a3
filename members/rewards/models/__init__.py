"""Tables of the rewards room, one story a file."""

from members.rewards.models.checkins import CheckIn, CheckInMonth, CheckInReward
from members.rewards.models.invites import Invitation, InviteCode, InviteReward, InviteTally
from members.rewards.models.tasks import Task, TaskClaim, TaskEvent, TaskProgress

__all__ = [
    "CheckIn",
    "CheckInMonth",
    "CheckInReward",
    "Invitation",
    "InviteCode",
    "InviteReward",
    "InviteTally",
    "Task",
    "TaskClaim",
    "TaskEvent",
    "TaskProgress",
]
