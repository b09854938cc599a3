"""Why a balance changed, and what a recharge refund means, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.rewards.wording import REASONS as REWARD_REASONS
from members.wallet.rules import RechargeRefund
from shop.core.money import format_yuan

REASONS: dict[str, Promise] = {
    "recharge": _("Recharge"),
    "recharge_gift": _("Gift of a recharge"),
    "opening_gift": _("Gift for the first recharge"),
    "payment": _("Payment"),
    "refund": _("Refund"),
    "recharge_refund": _("Recharge paid back"),
    "gift_deduction": _("Deducted for used gifts"),
    "recharge_gift_back": _("Gift taken back"),
    "tier_gift": _("Gift of a tier"),
    "adjustment": _("Adjusted by the shop"),
    "gift": _("Gift"),
    "gift_back": _("Gift taken back"),
    "card_opening_gift": _("Gift for opening a card"),
    "card_renewal_gift": _("Gift for renewing a card"),
    "card_trial_gift": _("Gift for a trial card"),
    "card_gift_back": _("Gift of a card taken back"),
    **REWARD_REASONS,
}
"""Reason of an entry -> words. Rooms that post to the wallet add theirs."""

APPROVAL_WORDS: tuple[Promise, ...] = (
    _("principal amount"),
    _("gift amount"),
    _("paid back amount"),
    _("gift taken amount"),
    _("gift deducted amount"),
    _("card used amount"),
)
"""What the details of a held action are called; the approvals page looks these words up by name."""


def reason_text(reason: str) -> str:
    """Return a reason in words; one that nobody has put into words as it is."""
    return str(REASONS.get(reason, reason))


def refund_sentences(figures: RechargeRefund, *, has_card: bool = False) -> list[str]:
    """Return what refunding a recharge means now, sentence by sentence; ``has_card``: a card came with it."""
    yuan = {
        name: format_yuan(getattr(figures, name))
        for name in (
            "amount",
            "unused",
            "gift_given",
            "gift_taken",
            "gift_spent",
            "gift_deducted",
            "paid_back",
            "card_used",
        )
    }
    sentences = [gettext("Of the %(amount)s yuan, %(unused)s are still in the wallet and leave it.") % yuan]
    if figures.gift_given:
        sentences.append(
            gettext("Of the %(gift_given)s yuan of gift money, %(gift_taken)s are taken back.") % yuan
        )
    if figures.gift_spent:
        sentences.append(gettext("%(gift_spent)s yuan of gift money were spent.") % yuan)
    if figures.card_used:
        sentences.append(gettext("The card that came with it saved the member %(card_used)s yuan.") % yuan)
    if figures.gift_deducted:
        sentences.append(gettext("For this, %(gift_deducted)s yuan are deducted from what goes back.") % yuan)
    if has_card:
        sentences.append(gettext("The card that came with it ends at once."))
    sentences.append(gettext("%(paid_back)s yuan go back to the payer.") % yuan)
    return sentences
