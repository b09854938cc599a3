"""Who holds what, and who may manage whom."""

from collections.abc import Iterable

from django.contrib.auth.models import Group, User
from django.db.models import Q, QuerySet

from admin_ui.errors import BeyondOwnRights, LastOwner
from shop.core.actors import Actor
from shop.core.db import lock_rows
from shop.core.models import ReadyRole
from shop.core.permissions import APP_LABEL, Role, declared


def holdings(user: User) -> set[str]:
    """Return the business actions this person may carry out; an inactive account holds none."""
    if not user.is_active:
        return set()
    prefix = f"{APP_LABEL}."
    held = user.get_all_permissions()
    return {codename for codename in declared() if f"{prefix}{codename}" in held}


def assigned(user: User) -> set[str]:
    """Return what an account would hold if it were active: disabling it makes it no easier prey."""
    if user.is_superuser:
        return set(declared())
    groups = Group.objects.filter(user=user)
    return role_holdings(groups)


def role_holdings(groups: Iterable[Group] | QuerySet[Group]) -> set[str]:
    """Return the business actions that these roles contain together."""
    keys = [group.pk for group in groups]
    names = Group.objects.filter(pk__in=keys).values_list("permissions__codename", flat=True)
    return {name for name in names if name in declared()}


def require_covers(actor: Actor, codenames: set[str]) -> None:
    """Raise BeyondOwnRights unless the actor holds all of these; the shop itself holds everything."""
    if actor.kind != "staff":
        return
    missing = codenames - holdings(User.objects.get(pk=actor.id or 0))
    if missing:
        raise BeyondOwnRights(missing=sorted(missing))


def owners() -> QuerySet[User]:
    """Return everybody who may do everything and can log in."""
    return User.objects.filter(
        Q(is_superuser=True) | Q(groups__ready_role=Role.OWNER), is_active=True, is_staff=True
    ).distinct()


def is_owner_group(group: Group) -> bool:
    """Return whether this role is the owner's."""
    return ReadyRole.objects.filter(group=group, key=Role.OWNER).exists()


def lock_owners() -> None:
    """Let one change of ownership happen at a time (locks the owner's role)."""
    lock_rows(ReadyRole.objects.filter(key=Role.OWNER))


def require_owner_left(*, after_losing: User) -> None:
    """Raise LastOwner when this account is the only owner. Call it with the owners locked."""
    remaining = owners().exclude(pk=after_losing.pk)
    if owners().filter(pk=after_losing.pk).exists() and not remaining.exists():
        raise LastOwner
