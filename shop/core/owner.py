"""The console's owner, as the operator names one by environment."""

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from shop.core import audit
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_rows
from shop.core.errors import NotFound


@in_transaction
def set_owner_password(*, name: str, password: str) -> bool:
    """Give the owner called ``name`` this password; return whether it was another one before.

    Every session of the owner ends with the old password. Locks the user; audited. Raises ``NotFound`` when
    no active owner has this name.
    """
    users = get_user_model().objects.filter(username=name, is_superuser=True, is_active=True)
    found = lock_rows(users)
    if not found:
        raise NotFound(_("The console has no owner called %(name)s.") % {"name": name})
    owner = found[0]
    if owner.check_password(password):
        return False
    owner.set_password(password)
    owner.save(update_fields=["password"])
    actor = Actor.system("set_console_password")
    audit.record(actor=actor, action="core.set_owner_password", subject=owner)
    return True
