"""What the points room tells; all fields are primitives."""

from dataclasses import dataclass
from typing import ClassVar

from members.events import MemberEvent


@dataclass(frozen=True)
class GrowthChanged(MemberEvent):
    """A member's growth is ``balance`` now."""

    name: ClassVar[str] = "members.growth_changed"
    balance: int


@dataclass(frozen=True)
class PointsExpiring(MemberEvent):
    """``points`` expire soon, the first of them at ``expires_at`` (RFC 3339); told once for each lot."""

    name: ClassVar[str] = "members.points_expiring"
    points: int
    expires_at: str


@dataclass(frozen=True)
class PointsExpired(MemberEvent):
    """``points`` have expired."""

    name: ClassVar[str] = "members.points_expired"
    points: int
