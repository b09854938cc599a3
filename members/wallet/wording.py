"""Why a balance changed, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REASONS: dict[str, Promise] = {
    "recharge": _("Recharge"),
    "recharge_gift": _("Gift of a recharge"),
    "opening_gift": _("Gift for the first recharge"),
    "payment": _("Payment"),
    "refund": _("Refund"),
    "recharge_refund": _("Recharge paid back"),
    "gift_deduction": _("Deducted for spent gift money"),
    "recharge_gift_back": _("Gift taken back"),
    "adjustment": _("Adjusted by the shop"),
    "gift": _("Gift"),
    "gift_back": _("Gift taken back"),
}
"""Reason of an entry -> words. Rooms that post to the wallet add theirs."""


def reason_text(reason: str) -> str:
    """Return a reason in words; one that nobody has put into words as it is."""
    return str(REASONS.get(reason, reason))
