"""Why rewards moved a balance, in words; the rooms of the ledgers add these to theirs."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REASONS: dict[str, Promise] = {
    "check_in_streak": _("Check-in streak"),
    "check_in_make_up": _("Made up a check-in"),
    "invitation": _("Invited a member"),
    "invited": _("Came by invitation"),
    "invitation_back": _("Invitation reward taken back"),
    "invited_back": _("Invitation gift taken back"),
    "task": _("Task"),
    "task_back": _("Task reward taken back"),
}
"""Reason of an entry -> words."""
