"""Accounts and roles of staff. Nobody gives more than they hold; the last owner stays."""

from collections.abc import Iterable, Sequence

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission, User
from django.contrib.auth.tokens import default_token_generator
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from admin_ui.errors import OwnAccount, RoleFixed
from admin_ui.staff import rules
from shop.core import audit
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_row
from shop.core.errors import FieldError, InvalidInput
from shop.core.permissions import APP_LABEL, declared, require

MANAGE_STAFF = "core.manage_staff"


@in_transaction
def create_staff(*, actor: Actor, username: str, name: str, roles: Sequence[Group]) -> User:
    """Open an account without a password; :func:`password_link` lets its person choose one.

    Raises Forbidden, BeyondOwnRights, and InvalidInput when the user name is taken.
    """
    require(actor, MANAGE_STAFF)
    rules.require_covers(actor, rules.role_holdings(roles))
    user = _make_account(username, name)
    if user is None:
        raise InvalidInput(errors=[FieldError("username", "taken", _("This user name is taken."))])
    user.groups.set(roles)
    after = {"username": username, "display_name": name, "roles": _names(roles)}
    audit.record(actor=actor, action="core.create_staff", subject=user, after=after)
    return user


@in_transaction
def change_staff(*, actor: Actor, user_id: int, name: str, roles: Sequence[Group]) -> None:
    """Change a colleague's name and roles. Locks the owners, then the account.

    Raises Forbidden, NotFound, BeyondOwnRights and LastOwner.
    """
    user = _lock_managed(actor, user_id)
    before = {"display_name": user.first_name, "roles": _names(user.groups.all())}
    after = {"display_name": name, "roles": _names(roles)}
    if before == after:
        return
    rules.require_covers(actor, rules.role_holdings(roles))
    if not user.is_superuser and not any(rules.is_owner_group(role) for role in roles):
        rules.require_owner_left(after_losing=user)
    user.first_name = name
    user.save(update_fields=["first_name"])
    user.groups.set(roles)
    audit.record(actor=actor, action="core.change_staff", subject=user, before=before, after=after)


@in_transaction
def disable_staff(*, actor: Actor, user_id: int, reason: str) -> None:
    """Shut an account: it cannot log in and its open sessions end with their next request.

    Locks the owners, then the account. Raises Forbidden, NotFound, OwnAccount, BeyondOwnRights, LastOwner.
    """
    user = _lock_managed(actor, user_id)
    if actor.kind == "staff" and actor.id == user.pk:
        raise OwnAccount
    if not user.is_active:
        return
    rules.require_owner_left(after_losing=user)
    _switch(actor, user, active=False, reason=reason)


@in_transaction
def enable_staff(*, actor: Actor, user_id: int, reason: str) -> None:
    """Open a shut account again, with the roles and the password it had. Locks the owners and the account."""
    user = _lock_managed(actor, user_id)
    if not user.is_active:
        _switch(actor, user, active=True, reason=reason)


@in_transaction
def reset_password(*, actor: Actor, user_id: int, reason: str = "") -> User:
    """Make the present password worthless, end every session, and return the account for a new link.

    Locks the owners, then the account. Raises Forbidden, NotFound and BeyondOwnRights.
    """
    user = _lock_managed(actor, user_id)
    user.set_unusable_password()
    user.save(update_fields=["password"])
    audit.record(actor=actor, action="core.reset_password", subject=user, reason=reason)
    return user


def password_link(user: User) -> tuple[str, str]:
    """Return account and token of a link that sets a password once, within ``PASSWORD_RESET_TIMEOUT``."""
    return urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)


@in_transaction
def choose_password(*, user_id: int, password: str) -> None:
    """Store the password that a person chose for their own account; every other session of theirs ends."""
    user = lock_row(User.objects.filter(pk=user_id))
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record(actor=Actor.staff(user), action="core.choose_password", subject=user)


@in_transaction
def create_role(*, actor: Actor, name: str) -> Group:
    """Make an empty role. Raises Forbidden, and InvalidInput when the name is taken or missing."""
    require(actor, MANAGE_STAFF)
    name = name.strip()
    if not name or len(name) > 150:
        raise InvalidInput(
            errors=[FieldError("name", "invalid", _("Enter a name of at most 150 characters."))]
        )
    role = _make_role(name)
    if role is None:
        raise InvalidInput(errors=[FieldError("name", "taken", _("A role of this name exists."))])
    audit.record(actor=actor, action="core.create_role", subject=role, after={"role": name})
    return role


@in_transaction
def change_role(*, actor: Actor, role_id: int, codenames: set[str], reason: str = "") -> None:
    """Let a role contain exactly these business actions. Locks the role.

    Raises Forbidden, NotFound, RoleFixed for the owner's role, InvalidInput for an unknown action, and
    BeyondOwnRights when something is added that the actor does not hold.
    """
    require(actor, MANAGE_STAFF)
    role = lock_row(Group.objects.filter(pk=role_id))
    if rules.is_owner_group(role):
        raise RoleFixed
    unknown = codenames - set(declared())
    if unknown:
        raise InvalidInput(errors=[FieldError("actions", "unknown", ", ".join(sorted(unknown)))])
    before = rules.role_holdings([role])
    added, removed = codenames - before, before - codenames
    if not added and not removed:
        return
    rules.require_covers(actor, added)
    actions = Permission.objects.filter(content_type__app_label=APP_LABEL)
    role.permissions.add(*actions.filter(codename__in=added))
    role.permissions.remove(*actions.filter(codename__in=removed))
    audit.record(
        actor=actor,
        action="core.change_role",
        subject=role,
        before={"removed": sorted(removed)},
        after={"added": sorted(added)},
        reason=reason,
    )


def _make_account(username: str, name: str) -> User | None:
    """Make the account; None when the name is taken. Of two who try at once the unique name lets one."""
    if User.objects.filter(username__iexact=username).exists():
        return None
    defaults = {"first_name": name, "is_staff": True, "password": make_password(None)}
    user, made = User.objects.get_or_create(username=username, defaults=defaults)
    return user if made else None


def _make_role(name: str) -> Group | None:
    """Make the role; None when the name is taken. Of two who try at once the unique name lets one."""
    if Group.objects.filter(name__iexact=name).exists():
        return None
    role, made = Group.objects.get_or_create(name=name)
    return role if made else None


def _lock_managed(actor: Actor, user_id: int) -> User:
    """Return the locked account if the actor may manage staff and stands no lower than this account."""
    require(actor, MANAGE_STAFF)
    rules.lock_owners()
    user = lock_row(User.objects.filter(pk=user_id, is_staff=True))
    rules.require_covers(actor, rules.assigned(user))
    return user


def _switch(actor: Actor, user: User, *, active: bool, reason: str) -> None:
    user.is_active = active
    user.save(update_fields=["is_active"])
    audit.record(
        actor=actor,
        action="core.enable_staff" if active else "core.disable_staff",
        subject=user,
        before={"active": not active},
        after={"active": active},
        reason=reason,
    )


def _names(roles: Iterable[Group]) -> list[str]:
    return sorted(role.name for role in roles)
