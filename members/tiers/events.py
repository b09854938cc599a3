"""What tiers tell; all fields are primitives."""

from dataclasses import dataclass
from typing import ClassVar

from members.events import MemberEvent


@dataclass(frozen=True)
class TierChanged(MemberEvent):
    """Another tier counts for a member now; ids of tiers, ``before`` is 0 for a new member."""

    name: ClassVar[str] = "members.tier_changed"
    before: int
    after: int
    reason: str
