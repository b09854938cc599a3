"""Who may call an endpoint. The default is a logged-in member; everything wider is said aloud."""

from dataclasses import dataclass
from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from shop.core import errors
from shop.core.actors import Actor


@dataclass(frozen=True, slots=True)
class MemberPrincipal:
    """The shopper behind a request, as far as the token tells: no row is read to know it."""

    id: int
    session: str
    is_authenticated: bool = True
    is_active: bool = True

    @property
    def pk(self) -> int:
        """Return the member id, under the name that libraries look for."""
        return self.id

    @property
    def actor(self) -> Actor:
        """Return the actor to hand to services."""
        return Actor.member(self.id)


class IsMember(BasePermission):
    """Only a logged-in member."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return true for a member; raises ``NotAuthenticated`` (401) otherwise."""
        if not isinstance(request.user, MemberPrincipal):
            raise errors.NotAuthenticated()
        return True


class Public(BasePermission):
    """Anybody; a view that says so has been thought about."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return true."""
        return True
