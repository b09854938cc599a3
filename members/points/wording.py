"""Why points or growth changed, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.rewards.wording import REASONS as REWARD_REASONS

REASONS: dict[str, Promise] = {
    "order": _("Earned by an order"),
    "sign_up": _("Welcome gift"),
    "profile": _("Profile completed"),
    "check_in": _("Check-in"),
    "review": _("Review"),
    "share": _("Shared"),
    "invite": _("Friend invited"),
    "order_points": _("Spent on an order"),
    "points_returned": _("Returned by an order"),
    "points_expired": _("Expired"),
    "order_taken_back": _("Taken back after a refund"),
    "recharge_gift": _("Gift of a recharge"),
    "recharge_gift_back": _("Gift taken back"),
    "tier_gift": _("Gift of a tier"),
    "adjustment": _("Adjusted by the shop"),
    "gift": _("Gift"),
    "demo": _("Demonstration data"),
    "gift_back": _("Gift taken back"),
    **REWARD_REASONS,
}
"""Reason of an entry -> words. Rooms that post points or growth add theirs."""

APPROVAL_WORDS: tuple[Promise, ...] = (_("points"), _("growth"))
"""What the details of a held action are called; the approvals page looks these words up by name."""


def reason_text(reason: str) -> str:
    """Return a reason in words; one that nobody has put into words as it is."""
    return str(REASONS.get(reason, reason))


def entry_title(reason: str, reference: str) -> str:
    """Return why, in words, and for what; deeds that happen once have nothing but their own code to name."""
    words = reason_text(reason)
    return words if reference == reason else f"{words} {reference}"
