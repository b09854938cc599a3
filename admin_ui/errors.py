"""Refusals of the console."""

from django.utils.translation import gettext_lazy as _

from shop.core.errors import Conflict, Forbidden


class LastOwner(Conflict):
    """The shop would be left without anybody who may do everything."""

    code = "last_owner"
    title = _("This is the shop's last owner.")


class BeyondOwnRights(Forbidden):
    """Nobody gives, or gets at, more than they hold themselves."""

    code = "beyond_own_rights"
    title = _("You cannot give or manage rights that you do not have yourself.")


class OwnAccount(Conflict):
    """People do not lock themselves out."""

    code = "own_account"
    title = _("You cannot do this to your own account.")


class RoleFixed(Conflict):
    """The owner's role always contains everything."""

    code = "role_fixed"
    title = _("The owner's role always contains everything; it cannot be changed.")
