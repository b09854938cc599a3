"""What the wallet tells; all fields are primitives."""

from dataclasses import dataclass
from typing import ClassVar

from members.events import MemberEvent


@dataclass(frozen=True)
class RechargePaid(MemberEvent):
    """A recharge is in the wallet; amounts in fen."""

    name: ClassVar[str] = "members.recharge_paid"
    number: str
    amount: int
    gift: int


@dataclass(frozen=True)
class RechargeRefundStarted(MemberEvent):
    """A recharge goes back to its payer: ``paid_back`` fen."""

    name: ClassVar[str] = "members.recharge_refund_started"
    number: str
    paid_back: int
