"""What payments tells the floors above, through the outbox. Amounts are fen; all fields are primitives."""

from dataclasses import dataclass
from typing import ClassVar

from shop.core.outbox import Event


@dataclass(frozen=True)
class PaymentEvent(Event):
    """Everything about a payment carries what it was for."""

    payment: str
    payable_kind: str
    payable_number: str
    part: str
    member_id: int
    amount: int

    @property
    def aggregate(self) -> str:
        return f"payment:{self.payment}"


@dataclass(frozen=True)
class PaymentSucceeded(PaymentEvent):
    """Money arrived and the payable kept it."""

    name: ClassVar[str] = "payments.payment_succeeded"
    method: str = "wechat"


@dataclass(frozen=True)
class PaymentLate(PaymentEvent):
    """Money arrived that the payable could not keep; all of it goes back."""

    name: ClassVar[str] = "payments.payment_late"
    reason: str = ""


@dataclass(frozen=True)
class PaymentDuplicated(PaymentEvent):
    """The same due was paid a second time; the second payment goes back in full."""

    name: ClassVar[str] = "payments.payment_duplicated"


@dataclass(frozen=True)
class PaymentClosed(PaymentEvent):
    """Nothing was paid and the payable was released."""

    name: ClassVar[str] = "payments.payment_closed"
    reason: str = ""


@dataclass(frozen=True)
class RefundEvent(PaymentEvent):
    """About one refund; ``amount`` is the refund's. ``reference`` is what its requester called it."""

    refund: str
    kind: str
    reference: str


@dataclass(frozen=True)
class RefundRequested(RefundEvent):
    """A refund was promised and will be sent."""

    name: ClassVar[str] = "payments.refund_requested"


@dataclass(frozen=True)
class RefundSucceeded(RefundEvent):
    """The payer has the money back."""

    name: ClassVar[str] = "payments.refund_succeeded"


@dataclass(frozen=True)
class RefundAbnormal(RefundEvent):
    """The payer's card cannot receive it; staff must act."""

    name: ClassVar[str] = "payments.refund_abnormal"


@dataclass(frozen=True)
class RefundClosed(RefundEvent):
    """WeChat closed it; staff may retry under a new number."""

    name: ClassVar[str] = "payments.refund_closed"


@dataclass(frozen=True)
class RefundFailed(RefundEvent):
    """WeChat refuses it; staff must act."""

    name: ClassVar[str] = "payments.refund_failed"


@dataclass(frozen=True)
class RefundShortOfFunds(RefundEvent):
    """The merchant's balance at WeChat does not cover it; it goes out by itself after a top-up."""

    name: ClassVar[str] = "payments.refund_short_of_funds"


@dataclass(frozen=True)
class RefundAbandoned(RefundEvent):
    """Staff gave it up (paid back by other means); the promise is void."""

    name: ClassVar[str] = "payments.refund_abandoned"


@dataclass(frozen=True)
class TransferEvent(Event):
    """About one transfer."""

    transfer: str
    owner_kind: str
    owner_number: str
    member_id: int
    amount: int

    @property
    def aggregate(self) -> str:
        return f"transfer:{self.transfer}"


@dataclass(frozen=True)
class TransferConfirmable(TransferEvent):
    """The member must confirm in the mini program within 24 hours."""

    name: ClassVar[str] = "payments.transfer_confirmable"


@dataclass(frozen=True)
class TransferSucceeded(TransferEvent):
    """The member has the money."""

    name: ClassVar[str] = "payments.transfer_succeeded"


@dataclass(frozen=True)
class TransferReturned(TransferEvent):
    """It failed, expired or was cancelled; the money is ours again."""

    name: ClassVar[str] = "payments.transfer_returned"
    reason: str = ""


@dataclass(frozen=True)
class TransferNeedsStaff(TransferEvent):
    """WeChat does not accept it and does not know it; staff must act."""

    name: ClassVar[str] = "payments.transfer_needs_staff"
    reason: str = ""
