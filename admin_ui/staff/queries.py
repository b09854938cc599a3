"""Roles and business actions, side by side."""

from dataclasses import dataclass
from itertools import groupby

from django.apps import apps
from django.contrib.auth.models import Group
from django.db.models import Count, Q, QuerySet

from shop.core.access import role_title
from shop.core.models import ReadyRole
from shop.core.permissions import Permission, Role, declared


@dataclass(frozen=True)
class RoleColumn:
    """One role in the matrix."""

    role: Group
    title: str
    people: int
    codenames: frozenset[str]


@dataclass(frozen=True)
class MatrixRow:
    """One business action and, per role, whether the role contains it."""

    action: Permission
    ticks: tuple[bool, ...]


@dataclass(frozen=True)
class Matrix:
    """The whole table; ``sections`` groups rows by the app that declared them."""

    columns: tuple[RoleColumn, ...]
    sections: tuple[tuple[str, tuple[MatrixRow, ...]], ...]


def matrix() -> Matrix:
    """Return which role contains which declared action, in three queries whatever the number of roles."""
    owner = ReadyRole.objects.filter(key=Role.OWNER).values_list("group_id", flat=True).first()
    roles = (
        Group.objects.annotate(people=Count("user", filter=Q(user__is_active=True, user__is_staff=True)))
        .select_related("ready_role")
        .prefetch_related("permissions")
        .order_by("pk")
    )
    everything = frozenset(declared())
    columns = tuple(
        RoleColumn(role, role_title(role), role.people, everything if role.pk == owner else _codenames(role))
        for role in roles
    )
    sections = tuple(
        (
            app,
            tuple(
                MatrixRow(action, tuple(action.codename in c.codenames for c in columns)) for action in rows
            ),
        )
        for app, rows in _by_app()
    )
    return Matrix(columns, sections)


def all_roles() -> QuerySet[Group]:
    """Return every role, in the order in which they were made."""
    return Group.objects.select_related("ready_role").order_by("pk")


def role_actions(role: Group) -> list[tuple[str, list[tuple[Permission, bool]]]]:
    """Return every declared action, by app, and whether this role contains it."""
    owner = ReadyRole.objects.filter(key=Role.OWNER, group=role).exists()
    held = frozenset(declared()) if owner else _codenames(role)
    return [(app, [(action, action.codename in held) for action in actions]) for app, actions in _by_app()]


def _codenames(role: Group) -> frozenset[str]:
    return frozenset(permission.codename for permission in role.permissions.all())


def _by_app() -> list[tuple[str, list[Permission]]]:
    actions = sorted(declared().values(), key=lambda action: action.codename)
    return [(app, list(rows)) for app, rows in groupby(actions, key=_app)]


def _app(action: Permission) -> str:
    label = action.codename.partition(".")[0]
    config = apps.app_configs.get(label)
    return str(config.verbose_name) if config else label
