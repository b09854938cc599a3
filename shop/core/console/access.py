"""Who may do what in the console: business actions, never Django's per-model permissions."""

from typing import cast

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.http import HttpRequest

from shop.core.actors import Actor


def may(user: AbstractUser | AnonymousUser, codename: str | None) -> bool:
    """Return whether this member of staff holds a business action; no codename means nobody does."""
    return bool(codename) and user.is_active and user.is_staff and user.has_perm(f"core.{codename}")


def actor_of(request: HttpRequest) -> Actor:
    """Return the member of staff behind a console request, as services want it."""
    return Actor.staff(cast(AbstractUser, request.user))
