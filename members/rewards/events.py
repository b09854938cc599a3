"""What the rewards room tells; all fields are primitives."""

from dataclasses import dataclass
from typing import ClassVar

from members.events import MemberEvent


@dataclass(frozen=True)
class MemberCheckedIn(MemberEvent):
    """A member was here on ``day`` (ISO), which is the ``streak``-th in a row."""

    name: ClassVar[str] = "members.checked_in"
    day: str
    streak: int
    made_up: bool = False


@dataclass(frozen=True)
class InvitationCounted(MemberEvent):
    """Somebody whom this member brought counts as brought: ``newcomer`` is that member's id."""

    name: ClassVar[str] = "members.invitation_counted"
    newcomer: int
    rewarded: bool


@dataclass(frozen=True)
class InvitationReversed(MemberEvent):
    """What this member got for bringing ``newcomer`` was taken back."""

    name: ClassVar[str] = "members.invitation_reversed"
    newcomer: int


@dataclass(frozen=True)
class TaskRewarded(MemberEvent):
    """A member took the reward of a task."""

    name: ClassVar[str] = "members.task_rewarded"
    task: int
    points: int
    growth: int
    money: int
