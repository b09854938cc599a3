"""The recharge as payments sees it."""

from django.utils.translation import gettext as _
from django.utils.translation import override

from members.wallet.models import Recharge
from members.wallet.services.recharges import KIND, book_recharge, is_member_open
from shop.core import clock
from shop.core.db import lock_row
from shop.payments.ports import KEEP, REFUND, Due, DueState, Verdict

__all__ = ["FULL", "KIND", "RechargePayable"]

FULL = "full"
_LANGUAGE = "zh-hans"  # what the payer reads in WeChat
_STATES = {
    Recharge.State.PENDING: DueState.OPEN,
    Recharge.State.CLOSING: DueState.CLOSING,
    Recharge.State.CLOSED: DueState.CLOSED,
}


class RechargePayable:
    """Takes a recharge's money and puts it into the wallet. Implements ``PayableHandler``."""

    def lock(self, number: str) -> Due:
        """Lock the recharge and say what is due; raises ``NotFound``."""
        recharge = lock_row(Recharge.objects.filter(number=number))
        return Due(
            member_id=recharge.member_id,
            amount=recharge.amount,
            part=FULL,
            state=_STATES.get(Recharge.State(recharge.state), DueState.PAID),
            expires_at=recharge.expires_at,
        )

    def describe(self, number: str) -> str:
        """Return what the payer reads in WeChat."""
        with override(_LANGUAGE):
            return _("Wallet recharge")

    def confirm(self, *, number: str, payment_number: str, part: str, amount: int) -> Verdict:
        """Keep the money and credit it, however late it comes: a wallet is never sold out.

        Refused are a second payment, another amount, and money for an account that was closed meanwhile.
        Locks the wallet and whatever its gifts need.
        """
        recharge = Recharge.objects.get(number=number)
        if recharge.paid_at is not None:
            return REFUND("already_paid")
        if amount != recharge.amount or part != FULL:
            return REFUND("price_changed")
        if not is_member_open(recharge.member_id):
            return REFUND("member_closed")
        book_recharge(recharge)
        return KEEP

    def start_closing(self, *, number: str, part: str, reason: str) -> None:
        """Let no further payment begin."""
        Recharge.objects.filter(number=number).update(state=Recharge.State.CLOSING, close_reason=reason[:40])

    def release(self, *, number: str, part: str, reason: str) -> None:
        """Close the recharge: nothing was paid, nothing was held."""
        Recharge.objects.filter(number=number).update(
            state=Recharge.State.CLOSED, closed_at=clock.now(), close_reason=reason[:40]
        )
