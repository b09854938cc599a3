"""What payments asks of the floors above it. The roof's tables name who answers.

Every method runs inside the caller's transaction and never calls the network; what needs the network becomes
an intention row of the implementer's own.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol


class DueState(StrEnum):
    """Where the payable stands. Only OPEN may be paid."""

    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"
    PAID = "paid"


@dataclass(frozen=True)
class Due:
    """What is owed now. ``amount`` in fen; ``part`` is full, deposit or balance.

    ``expires_at`` is also sent to WeChat, which then refuses later payments by itself.
    """

    member_id: int
    amount: int
    part: str
    state: DueState
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Verdict:
    """What the payable does with money that has arrived: keep it, or have all of it sent back."""

    kept: bool
    reason: str = ""


KEEP: Final = Verdict(kept=True)


def REFUND(reason: str) -> Verdict:  # noqa: N802 - reads as the counterpart of KEEP
    """Return the verdict that sends the whole payment back; ``reason`` is a short stable code for staff."""
    return Verdict(kept=False, reason=reason)


class PayableHandler(Protocol):
    """Answers for one kind of payable. Built anew for every transaction: it may remember what it locked."""

    def lock(self, number: str) -> Due:
        """Lock the payable's row (FOR NO KEY UPDATE) and say what is due.

        Raises NotFound when there is none. Payments calls this before it locks anything of its own.
        """
        ...

    def describe(self, number: str) -> str:
        """Return what the payer reads in WeChat; the payable is locked already."""
        ...

    def confirm(self, *, number: str, payment_number: str, part: str, amount: int) -> Verdict:
        """Take the money, or refuse it; the payable is locked already.

        Called exactly once per payment that WeChat confirms, also when the payable is closing or was
        released long ago: then re-reserve if possible, otherwise refuse. Must refuse an ``amount`` that is
        not what the payable wants for ``part``.
        """
        ...

    def start_closing(self, *, number: str, part: str, reason: str) -> None:
        """No further payment may begin; whatever is held stays held until ``release``."""
        ...

    def release(self, *, number: str, part: str, reason: str) -> None:
        """Nothing was paid and nothing can be any more: give back what is held. Called once per closing."""
        ...


class WalletPort(Protocol):
    """The members' wallet, as payments sees it."""

    def debit(
        self,
        *,
        member_id: int,
        amount: int,
        payment_number: str,
        wallet_token: str | None,
        agreed: bool = False,
    ) -> None:
        """Take ``amount`` fen for a payment and remember the split; raises InsufficientBalance and the like.

        ``agreed``: the member agreed to it before, so nothing but the balance may stand in the way.
        """
        ...

    def credit(self, *, member_id: int, amount: int, payment_number: str, refund_number: str) -> None:
        """Give ``amount`` fen of that payment back in its split; once per ``refund_number``."""
        ...


class TransferOwner(Protocol):
    """Answers for what a transfer pays out (a withdrawal)."""

    def lock(self, number: str) -> None:
        """Lock the owner's row; payments calls this before it locks the transfer."""
        ...

    def settle(self, *, number: str, transfer_number: str, amount: int) -> None:
        """The member has the money. Called once."""
        ...

    def give_back(self, *, number: str, transfer_number: str, amount: int, reason: str) -> None:
        """The money did not go and is ours again. Called once; a new transfer may follow."""
        ...
