"""Members of staff with exactly the permissions that a test gives them."""

import itertools

from django.contrib.auth import get_user_model

from shop.core.access import role_group, sync_roles
from shop.core.actors import Actor
from shop.core.permissions import Role

_numbers = itertools.count(1)


def staff(*roles: Role) -> Actor:
    """Return a new member of staff in these roles."""
    sync_roles()
    user = get_user_model().objects.create_user(f"staff-{next(_numbers)}", is_staff=True)
    user.groups.set([role_group(role) for role in roles])
    return Actor.staff(user)
