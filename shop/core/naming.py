"""What codes on record are called: actions, those who act by themselves, and the things acted upon.

Records keep codes, because words change and are written in two languages. People read the words: this is the
one table of them. An action that is a permission has its words there; a job has its title.
"""

from collections.abc import Mapping

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.core.permissions import declared

ACTIONS: Mapping[str, Promise] = {
    "approvals.approve": gettext_lazy("Approve a held action"),
    "approvals.expire": gettext_lazy("Held action expired"),
    "approvals.hold": gettext_lazy("Ask for a second person"),
    "approvals.reject": gettext_lazy("Reject a held action"),
    "core.change_role": gettext_lazy("Change a role"),
    "core.change_staff": gettext_lazy("Change an account"),
    "core.choose_password": gettext_lazy("Choose a password"),
    "core.create_role": gettext_lazy("Create a role"),
    "core.create_staff": gettext_lazy("Open an account"),
    "core.disable_staff": gettext_lazy("Shut an account"),
    "core.enable_staff": gettext_lazy("Open an account again"),
    "core.reset_password": gettext_lazy("Reset a password"),
    "core.resume_job": gettext_lazy("Resume a job"),
    "core.set_owner_password": gettext_lazy("Set the owner's password from the command line"),
    "members.bind_phone": gettext_lazy("Bind a phone number"),
    "members.set_wallet_password": gettext_lazy("Set the wallet's password"),
    "payments.close_payable": gettext_lazy("Close an unpaid payment"),
}
"""Actions that are no permission of their own."""

ACTORS: Mapping[str, Promise] = {
    "catalog.run_schedules": gettext_lazy("Timed listing"),
    "core.expire_approvals": gettext_lazy("Expiry of held actions"),
    "demo": gettext_lazy("Demonstration data"),
    "export_goods": gettext_lazy("Goods export from the command line"),
    "import_goods": gettext_lazy("Goods import from the command line"),
    "load_demo": gettext_lazy("Demonstration data"),
    "manage.py setting": gettext_lazy("Setting from the command line"),
    "members.cards": gettext_lazy("Member cards"),
    "members.recharges": gettext_lazy("Recharges"),
    "members.wallet": gettext_lazy("Wallet"),
    "orders.auto_receive": gettext_lazy("Receipt by lapse of time"),
    "orders.cancel": gettext_lazy("Cancelling of orders"),
    "orders.complete": gettext_lazy("Completion of orders"),
    "orders.expire": gettext_lazy("Expiry of unpaid orders"),
    "payments": gettext_lazy("Payments"),
    "payments.confirm": gettext_lazy("Confirmation of payments"),
    "payments.expire": gettext_lazy("Expiry of payments"),
    "payments.wallet": gettext_lazy("Wallet"),
    "seed_demo": gettext_lazy("Demonstration data"),
    "set_console_password": gettext_lazy("Password from the command line"),
}
"""Parts of the shop that act by themselves, by the label of their :class:`~shop.core.actors.Actor`."""

SUBJECTS: Mapping[str, Promise] = {
    "card": gettext_lazy("Member card"),
    "job": gettext_lazy("Job"),
    "order": gettext_lazy("Order"),
    "recharge": gettext_lazy("Recharge"),
    "setting": gettext_lazy("Setting"),
    "wallet_month": gettext_lazy("Wallet statement of a month"),
}
"""Kinds of subject that are no table."""


def action_title(action: str) -> str:
    """Return what an action is called in the reader's language; its code where it has no title."""
    permission = declared().get(action)
    if permission is not None:
        return str(permission.title)
    return str(ACTIONS.get(action, action))


def actor_title(kind: str, label: str) -> str:
    """Return who acted: a colleague by user name, a shopper by number, a part of the shop by its words."""
    if kind == "member":
        return _("Member %(number)s") % {"number": label.removeprefix("member ")}
    if kind == "wechat":
        return _("WeChat")
    return str(ACTORS.get(label, label)) if kind == "system" else label


def actor_key_title(key: str) -> str:
    """Return who acted by an actor's key, such as ``system:orders.cancel`` or ``member:12``."""
    kind, _colon, label = key.partition(":")
    if kind == "staff":
        return _("Colleague %(number)s") % {"number": label}
    return actor_title(kind, label)


def field_title(kind: str, name: str) -> str:
    """Return what a column of a table is called where ``kind`` is a table that has it; else its code."""
    app, _dot, model = kind.partition(".")
    try:
        field = apps.get_model(app, model)._meta.get_field(name)
    except (LookupError, ValueError, FieldDoesNotExist):
        return name
    return str(getattr(field, "verbose_name", name))


def subject_title(kind: str) -> str:
    """Return what kind of thing was acted upon; its code where nobody has put it into words."""
    if kind in SUBJECTS:
        return str(SUBJECTS[kind])
    app, _dot, model = kind.partition(".")
    try:
        return str(capfirst(apps.get_model(app, model)._meta.verbose_name))
    except (LookupError, ValueError):
        return kind
