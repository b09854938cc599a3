"""What the card room tells; all fields are primitives, amounts in fen, moments in ISO format."""

from dataclasses import dataclass
from typing import ClassVar

from members.events import MemberEvent


@dataclass(frozen=True)
class CardOpened(MemberEvent):
    """A member has a card, or has it for longer. ``ends_at`` is empty for ever."""

    name: ClassVar[str] = "members.card_opened"
    period: int
    card: str
    source: str
    starts_at: str
    ends_at: str
    gift: int


@dataclass(frozen=True)
class CardExpiring(MemberEvent):
    """A card ends soon and nothing follows it."""

    name: ClassVar[str] = "members.card_expiring"
    period: int
    card: str
    ends_at: str


@dataclass(frozen=True)
class CardEnded(MemberEvent):
    """A card came to its end (``expired``) or was taken back, and nothing follows it."""

    name: ClassVar[str] = "members.card_ended"
    period: int
    card: str
    reason: str


@dataclass(frozen=True)
class CardRefundStarted(MemberEvent):
    """A card's price goes back to its payer: ``paid_back`` fen."""

    name: ClassVar[str] = "members.card_refund_started"
    number: str
    paid_back: int
