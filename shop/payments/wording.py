"""What payments, refunds and the cash ledger know as codes, in words for staff and for the payer."""

from collections.abc import Mapping

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PAYABLE_KINDS: Mapping[str, Promise] = {
    "order": _("Order"),
    "recharge": _("Recharge"),
    "card": _("Member card"),
}
"""Kind of payable -> words. Rooms that have something to pay for add theirs."""

CASH_REASONS: Mapping[str, Promise] = {
    "capture": _("Payment received"),
    "refund": _("Refund"),
    "transfer": _("Payout"),
    "transfer_return": _("Payout returned"),
}
"""Reason of an entry -> words."""

REFUND_REASONS: Mapping[str, Promise] = {
    "cancelled": _("Order cancelled"),
    "duplicate": _("Paid twice"),
    "already_paid": _("Paid twice"),
    "price_changed": _("The price had changed"),
    "sold_out": _("Sold out meanwhile"),
    "wallet_spent": _("The balance was used meanwhile"),
    "points_spent": _("The points were used meanwhile"),
    "free_freight_used": _("The free freight was used meanwhile"),
    "card_trial_used": _("The trial card was used before"),
    "card_owned_forever": _("The member has this card for ever"),
    "member_closed": _("The account was closed"),
    "card_gift_back": _("Member card refunded"),
    "recharge_refund": _("Recharge refunded"),
}
"""Why the shop itself sends money back -> words; reasons of people are words already."""

PAYERS_LANGUAGE = "zh-hans"
"""WeChat shows the reason to the payer, who is its user in China."""


def refund_reason(reason: str) -> str:
    """Return why money goes back, in the reader's language."""
    return str(REFUND_REASONS.get(reason, reason))


def reason_for_payer(reason: str) -> str:
    """Return why money goes back as WeChat tells the payer."""
    with translation.override(PAYERS_LANGUAGE):
        return refund_reason(reason)
