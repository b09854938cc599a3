"""Business actions and who may perform them.

Each app declares its actions in its ``permissions.py`` (imported when the app registry is ready); services
call :func:`require` first of all. The rows that Django's groups need are written by ``manage.py sync_shop``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.contrib.auth import get_user_model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shop.core.actors import Actor
from shop.core.errors import Forbidden

APP_LABEL = "core"
MAX_CODENAME = 100


class Role(StrEnum):
    """The seven ready roles."""

    OWNER = "owner"
    OPERATIONS = "operations"
    SERVICE = "service"
    WAREHOUSE = "warehouse"
    FINANCE = "finance"
    CLERK = "clerk"
    AUDITOR = "auditor"


ROLE_TITLES: Mapping[Role, Promise] = {
    Role.OWNER: _("Owner"),
    Role.OPERATIONS: _("Operations"),
    Role.SERVICE: _("Customer service"),
    Role.WAREHOUSE: _("Warehouse"),
    Role.FINANCE: _("Finance"),
    Role.CLERK: _("Store clerk"),
    Role.AUDITOR: _("Auditor"),
}


@dataclass(frozen=True, slots=True)
class Permission:
    """One business action. ``sensitive`` ones move money or show personal data; the console marks them."""

    codename: str
    title: str | Promise
    roles: frozenset[Role]
    sensitive: bool = False

    @property
    def django_name(self) -> str:
        """Return the name that ``user.has_perm`` takes."""
        return f"{APP_LABEL}.{self.codename}"


@dataclass
class _Registry:
    permissions: dict[str, Permission] = field(default_factory=dict)


_registry = _Registry()


def declare(
    *, codename: str, title: str | Promise, roles: tuple[Role, ...] = (), sensitive: bool = False
) -> Permission:
    """Declare a business action, named ``<app>.<verb>_<noun>``; the owner always has it.

    Declaring the same again is harmless (a module imported twice); declaring it differently is a mistake.
    """
    if "." not in codename or len(codename) > MAX_CODENAME:
        raise ValueError(f"{codename!r} is not <app>.<verb>_<noun> of at most {MAX_CODENAME} characters.")
    permission = Permission(codename, title, frozenset({Role.OWNER, *roles}), sensitive)
    known = _registry.permissions.setdefault(codename, permission)
    if (known.roles, known.sensitive) != (permission.roles, permission.sensitive):
        raise ValueError(f"{codename} is declared twice, differently.")
    return known


def declared() -> Mapping[str, Permission]:
    """Return every declared action by codename."""
    return _registry.permissions


def require(actor: Actor, codename: str) -> None:
    """Raise ``Forbidden`` unless ``actor`` may perform the action.

    The shop itself and WeChat may do what their handlers do; members have no staff permission ever; staff
    are asked of the database each time, so that a permission taken away is gone at once.
    """
    if codename not in _registry.permissions:
        raise LookupError(f"{codename} is not a declared permission.")
    if actor.kind in ("system", "wechat"):
        return
    if actor.kind != "staff" or actor.id is None or not _staff_may(actor.id, codename):
        raise Forbidden()


def allowed(actor: Actor, codename: str) -> bool:
    """Return whether ``actor`` may perform the action: for showing or hiding a button."""
    try:
        require(actor, codename)
    except Forbidden:
        return False
    return True


def _staff_may(user_id: int, codename: str) -> bool:
    user = get_user_model().objects.filter(pk=user_id, is_active=True, is_staff=True).first()
    return user is not None and user.has_perm(f"{APP_LABEL}.{codename}")


declare(codename="core.change_setting", title=_("Change settings"), sensitive=True)
declare(codename="core.manage_staff", title=_("Manage staff and roles"), sensitive=True)
declare(codename="core.read_audit", title=_("Read the audit record"), roles=(Role.AUDITOR, Role.FINANCE))
declare(
    codename="core.see_operations",
    title=_("See jobs, queues and messages"),
    roles=(Role.OPERATIONS, Role.AUDITOR),
)
declare(codename="core.run_job", title=_("Start a job by hand"), roles=(Role.OPERATIONS,))
declare(codename="core.retry_dead_letter", title=_("Retry a failed event"), roles=(Role.OPERATIONS,))
