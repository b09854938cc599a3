"""What members tells the floors above, through the outbox; all fields are primitives."""

from dataclasses import dataclass
from typing import ClassVar

from shop.core.outbox import Event


@dataclass(frozen=True)
class MemberEvent(Event):
    """About one member."""

    member_id: int

    @property
    def aggregate(self) -> str:
        return f"member:{self.member_id}"


@dataclass(frozen=True)
class MemberJoined(MemberEvent):
    """Somebody logged in for the first time; the touch they came by, if any, is stored already."""

    name: ClassVar[str] = "members.member_joined"
    promoter: str = ""
    invite: str = ""
    scene: str = ""
    channel: str = ""


@dataclass(frozen=True)
class PhoneBound(MemberEvent):
    """A member bound a phone number, the first one or another."""

    name: ClassVar[str] = "members.phone_bound"


@dataclass(frozen=True)
class FavouriteAdded(MemberEvent):
    """A member keeps a product that they did not keep before."""

    name: ClassVar[str] = "members.favourite_added"
    product_id: int


@dataclass(frozen=True)
class MemberClosed(MemberEvent):
    """An account was closed: whoever keeps personal data of the member overwrites it now."""

    name: ClassVar[str] = "members.member_closed"
