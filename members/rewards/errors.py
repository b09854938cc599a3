"""Refusals of the rewards room."""

from django.utils.translation import gettext_lazy as _

from shop.core.errors import Conflict


class CheckInClosed(Conflict):
    """The shop has no check-in at present."""

    code = "check_in_closed"
    title = _("There is no check-in at present.")


class DayNotMissed(Conflict):
    """The day cannot be made up: it is not a missed day of this month, or before the member joined."""

    code = "day_not_missed"
    title = _("This day cannot be made up.")


class MakeUpsUsed(Conflict):
    """No more days of this month can be made up; ``limit`` tells how many could."""

    code = "make_ups_used"
    title = _("You cannot make up more days this month.")


class TaskUnavailable(Conflict):
    """The task is not offered, or not now."""

    code = "task_unavailable"
    title = _("This task is not offered at present.")


class TaskUnfinished(Conflict):
    """The task is not done yet; ``done`` of ``goal`` tell how far it is."""

    code = "task_unfinished"
    title = _("This task is not finished yet.")
