"""What the actions on record are called; most are permissions and have their title there."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shop.core.permissions import declared

TITLES: dict[str, Promise] = {
    "approvals.approve": _("Approve a held action"),
    "approvals.expire": _("Held action expired"),
    "approvals.hold": _("Ask for a second person"),
    "approvals.reject": _("Reject a held action"),
    "core.change_role": _("Change a role"),
    "core.change_staff": _("Change an account"),
    "core.choose_password": _("Choose a password"),
    "core.create_role": _("Create a role"),
    "core.create_staff": _("Open an account"),
    "core.disable_staff": _("Shut an account"),
    "core.enable_staff": _("Open an account again"),
    "core.reset_password": _("Reset a password"),
    "core.resume_job": _("Resume a job"),
}
"""Actions that are no permission of their own."""


def action_title(action: str) -> str:
    """Return what an action is called in the reader's language; its code where it has no title."""
    permission = declared().get(action)
    if permission is not None:
        return str(permission.title)
    return str(TITLES.get(action, action))
