"""The seven ready roles as groups: written by ``manage.py sync_shop``, edited by the merchant."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as PermissionRow
from django.contrib.contenttypes.models import ContentType
from django.utils import translation

from shop.core.db import in_transaction
from shop.core.models.access import BusinessAction, ReadyRole, RoleGrant
from shop.core.permissions import ROLE_TITLES, Permission, Role, declared


@in_transaction
def sync_roles() -> str:
    """Write permission rows and ready roles; safe to repeat. Returns what changed, for people to read.

    A ready role gets a permission once, when that is first declared for it. What the merchant then takes
    from or adds to the group, or how they rename it, stays; a ready role they delete comes back as it was.
    """
    with translation.override(settings.LANGUAGE_CODE):
        rows = _sync_permissions()
        granted = sum(_sync_role(role, rows) for role in Role)
    return f"{len(rows)} permissions, {len(Role)} roles, {granted} new grants"


def role_group(role: Role) -> Group:
    """Return the group of a ready role; ``Group.DoesNotExist`` before the first ``sync_shop``."""
    return Group.objects.get(ready_role__key=role.value)


def role_title(group: Group) -> str:
    """Return what a role is called: a ready role in the reader's language, unless the merchant renamed it.

    Groups are kept under the name that their role had in the shop's own language.
    """
    ready: ReadyRole | None = getattr(group, "ready_role", None)
    if ready is None or ready.key not in set(Role):
        return group.name
    title = ROLE_TITLES[Role(ready.key)]
    with translation.override(settings.LANGUAGE_CODE):
        stored = str(title)
    return str(title) if group.name == stored else group.name


def _sync_permissions() -> dict[str, PermissionRow]:
    content_type = ContentType.objects.get_for_model(BusinessAction)
    titles = {codename: str(found.title)[:255] for codename, found in declared().items()}
    PermissionRow.objects.bulk_create(
        [
            PermissionRow(content_type=content_type, codename=codename, name=title)
            for codename, title in titles.items()
        ],
        update_conflicts=True,
        unique_fields=["content_type", "codename"],
        update_fields=["name"],
    )
    # An action that no longer exists must not be handed out any more.
    stored = PermissionRow.objects.filter(content_type=content_type)
    stored.exclude(codename__in=titles).delete()
    return {row.codename: row for row in stored.filter(codename__in=titles)}


def _sync_role(role: Role, rows: dict[str, PermissionRow]) -> int:
    ready = ReadyRole.objects.filter(pk=role.value).select_related("group").first() or _create_role(role)
    wanted = {codename for codename, found in declared().items() if _has(found, role)}
    given = set(ready.grants.values_list("codename", flat=True))
    new = sorted(wanted - given)
    RoleGrant.objects.bulk_create([RoleGrant(role=ready, codename=codename) for codename in new])
    ready.group.permissions.add(*(rows[codename] for codename in new))
    return len(new)


def _create_role(role: Role) -> ReadyRole:
    group, _created = Group.objects.get_or_create(name=str(ROLE_TITLES[role]))
    return ReadyRole.objects.create(key=role.value, group=group)


def _has(permission: Permission, role: Role) -> bool:
    return role in permission.roles
