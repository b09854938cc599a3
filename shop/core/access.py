"""The seven ready roles as groups: written by ``manage.py sync_shop``, edited by the merchant."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as PermissionRow
from django.contrib.contenttypes.models import ContentType
from django.utils import translation

from shop.core.db import in_transaction
from shop.core.models.access import BusinessAction, ReadyRole, RoleGrant
from shop.core.permissions import ROLE_TITLES, Role, declared


@in_transaction
def sync_roles() -> str:
    """Write permission rows and ready roles; safe to repeat. Returns what changed, for people to read.

    A ready role gets a permission once, when that is first declared for it. What the merchant then takes
    from or adds to the group, or how they rename it, stays; a ready role they delete comes back as it was.
    """
    with translation.override(settings.LANGUAGE_CODE):
        rows = _sync_permissions()
        granted = _grant(_ready_groups(), rows)
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


def _sync_permissions() -> dict[str, int]:
    """Return the id of every declared permission's row, by codename."""
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
    return dict(stored.filter(codename__in=titles).values_list("codename", "pk"))


def _ready_groups() -> dict[str, int]:
    """Return the id of every ready role's group, by the role's key; make those that are not there."""
    groups = dict(ReadyRole.objects.values_list("pk", "group_id"))
    missing = {role.value: str(ROLE_TITLES[role]) for role in Role if role.value not in groups}
    if missing:
        Group.objects.bulk_create([Group(name=name) for name in missing.values()], ignore_conflicts=True)
        named = dict(Group.objects.filter(name__in=missing.values()).values_list("name", "pk"))
        made = {key: named[name] for key, name in missing.items()}
        ReadyRole.objects.bulk_create([ReadyRole(key=key, group_id=pk) for key, pk in made.items()])
        groups |= made
    return groups


def _grant(groups: dict[str, int], rows: dict[str, int]) -> int:
    """Give every ready role what was declared for it and never given to it; return how much that was."""
    wanted = {(role.value, codename) for codename, found in declared().items() for role in found.roles}
    new = sorted(wanted - set(RoleGrant.objects.values_list("role_id", "codename")))
    RoleGrant.objects.bulk_create([RoleGrant(role_id=key, codename=codename) for key, codename in new])
    held = Group.permissions.through
    held.objects.bulk_create(
        [held(group_id=groups[key], permission_id=rows[codename]) for key, codename in new],
        ignore_conflicts=True,  # the merchant was quicker
    )
    return len(new)
