"""Cards and their refunds in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.cards.models.card import NO_DISCOUNT
from members.cards.rules import CardRefund
from members.tiers.wording import discount_rate
from shop.core.money import format_yuan

APPROVAL_WORDS: tuple[Promise, ...] = (_("purchase"),)
"""What the details of a held action are called; the approvals page looks these words up by name."""


def discount_text(permille: int) -> str:
    """Return a discount as shoppers say it, "" for none."""
    if permille >= NO_DISCOUNT:
        return ""
    return gettext("%(rate)s%% off") % {"rate": discount_rate(permille)}


def refund_sentences(figures: CardRefund, *, saved: int) -> list[str]:
    """Return what refunding a card means now, sentence by sentence."""
    names = ("amount", "worth", "gift_given", "gift_taken", "gift_spent", "gift_deducted", "paid_back")
    yuan = {name: format_yuan(getattr(figures, name)) for name in names}
    sentences = [gettext("Of the %(amount)s yuan paid for the card, %(worth)s are left.") % yuan]
    if figures.gift_given:
        sentences.append(
            gettext("Of the %(gift_given)s yuan of gift money, %(gift_taken)s are taken back.") % yuan
        )
    if figures.gift_spent:
        sentences.append(
            gettext(
                "%(gift_spent)s yuan of gift money were spent:"
                " %(gift_deducted)s are deducted from what goes back."
            )
            % yuan
        )
    if saved:
        sentences.append(
            gettext("The card has made orders cheaper by %(saved)s yuan.") % {"saved": format_yuan(saved)}
        )
    sentences.append(gettext("%(paid_back)s yuan go back to the payer.") % yuan)
    return sentences
