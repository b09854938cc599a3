"""The card as payments sees it. Cards that are bought with an order are paid with that order."""

from django.utils.translation import gettext as _
from django.utils.translation import override

from members.cards.models import CardPurchase
from members.cards.services.purchases import KIND, book_purchase, close_purchase, objection_of
from members.wallet.services.recharges import is_member_open
from shop.core.db import lock_row
from shop.payments.ports import KEEP, REFUND, Due, DueState, Verdict

__all__ = ["FULL", "KIND", "CardPayable"]

FULL = "full"
_LANGUAGE = "zh-hans"  # what the payer reads in WeChat
_STATES = {
    CardPurchase.State.PENDING: DueState.OPEN,
    CardPurchase.State.CLOSING: DueState.CLOSING,
    CardPurchase.State.CLOSED: DueState.CLOSED,
}


class CardPayable:
    """Takes a card's money and opens the card. Implements ``PayableHandler``."""

    def lock(self, number: str) -> Due:
        """Lock the purchase and say what is due; raises ``NotFound``."""
        purchase = lock_row(CardPurchase.objects.filter(number=number, order_number=""))
        return Due(
            member_id=purchase.member_id,
            amount=purchase.amount,
            part=FULL,
            state=_STATES.get(CardPurchase.State(purchase.state), DueState.PAID),
            expires_at=purchase.expires_at,
        )

    def describe(self, number: str) -> str:
        """Return what the payer reads in WeChat."""
        name = CardPurchase.objects.values_list("card_name", flat=True).get(number=number)
        with override(_LANGUAGE):
            return _("Member card: %(name)s") % {"name": name}

    def confirm(self, *, number: str, payment_number: str, part: str, amount: int) -> Verdict:
        """Keep the money and open the card, however late it comes.

        Refused are a second payment, another amount, money for an account that was closed meanwhile, and for
        a card that the member cannot have any more (a second trial, one that is there for ever). Locks the
        wallet.
        """
        purchase = CardPurchase.objects.get(number=number)
        if purchase.paid_at is not None:
            return REFUND("already_paid")
        if amount != purchase.amount or part != FULL:
            return REFUND("price_changed")
        if not is_member_open(purchase.member_id):
            return REFUND("member_closed")
        objection = objection_of(purchase)
        if objection is not None:
            return REFUND(objection.code)
        book_purchase(purchase)
        return KEEP

    def start_closing(self, *, number: str, part: str, reason: str) -> None:
        """Let no further payment begin."""
        CardPurchase.objects.filter(number=number).update(
            state=CardPurchase.State.CLOSING, close_reason=reason[:40]
        )

    def release(self, *, number: str, part: str, reason: str) -> None:
        """Close the purchase: nothing was paid, nothing was held."""
        close_purchase(CardPurchase.objects.get(number=number), reason=reason)
