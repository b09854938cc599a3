"""Console users with the roles a test needs."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission

from shop.core.access import sync_roles
from shop.core.actors import Actor


def staff(name: str, *codenames: str) -> Actor:
    """Return the actor of a new console user who may do exactly this."""
    if not Permission.objects.filter(codename="payments.refund_payment").exists():
        sync_roles()
    user = get_user_model().objects.create_user(username=name, password=None, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return Actor.staff(user)
