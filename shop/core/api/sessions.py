"""POST /auth/refresh and POST /auth/logout."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from shop.core.api import fields
from shop.core.api.permissions import Public
from shop.core.api.schema import problem_responses
from shop.core.api.serializers import StrictSerializer
from shop.core.api.views import ShopView
from shop.core.auth.sessions import close_session, refresh_session
from shop.core.auth.tokens import REFRESH_LENGTH, TokenPair
from shop.core.errors import NotAuthenticated


class RefreshBody(StrictSerializer):
    """The refresh token as it was given out."""

    refresh = fields.CharField(max_length=REFRESH_LENGTH)


class TokenPairBody(StrictSerializer):
    """A pair of tokens; ``expires_in`` is the lifetime of ``access`` in seconds."""

    access = fields.CharField(read_only=True)
    refresh = fields.CharField(read_only=True)
    expires_in = fields.IntegerField(read_only=True)


def pair_body(pair: TokenPair) -> dict[str, Any]:
    """Return the JSON members of a pair; the login endpoint adds its own to them."""
    return {"access": pair.access, "refresh": pair.refresh, "expires_in": pair.expires_in}


class RefreshView(ShopView):
    """Exchange a refresh token for a new pair.

    An access token in the header is ignored here: it has usually expired.
    """

    authentication_classes = []
    permission_classes = [Public]
    throttle_scopes = ("refresh",)

    @extend_schema(
        operation_id="refresh_session",
        request=RefreshBody,
        responses={200: TokenPairBody, **problem_responses(401)},
        tags=["session"],
    )
    def post(self, request: Request) -> Response:
        """Exchange a refresh token for a new pair.

        A spent token shown again within 30 seconds gets the same pair; later it is refused with
        `refresh_reused` and the whole login is closed.
        """
        body = self.read_body(RefreshBody)
        return Response(pair_body(refresh_session(body["refresh"])), headers={"Cache-Control": "no-store"})


class LogoutView(ShopView):
    """Close the session at once, access tokens included."""

    @extend_schema(operation_id="close_session", request=RefreshBody, responses={204: None}, tags=["session"])
    def post(self, request: Request) -> Response:
        """Log out: this login's access and refresh tokens stop working at once."""
        body = self.read_body(RefreshBody)
        principal = self.principal
        if principal is None:
            raise NotAuthenticated()
        close_session(member_id=principal.id, session=principal.session, refresh=body["refresh"])
        return Response(status=204)
