"""``Authorization: Bearer <access>``: from a token to a :class:`MemberPrincipal`."""

from collections.abc import Mapping
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from shop.core.api.permissions import MemberPrincipal
from shop.core.auth.state import session_is_good
from shop.core.auth.tokens import AccessClaims, decode_access
from shop.core.errors import TokenInvalid

MAX_TOKEN_LENGTH = 2048


def bearer_token(environ: Mapping[str, Any]) -> str | None:
    """Return the token of the ``Authorization`` header of a request's WSGI environment, ``None`` without one.

    Raises ``TokenInvalid``.
    """
    header = str(environ.get("HTTP_AUTHORIZATION", "")).strip()
    if not header:
        return None
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > MAX_TOKEN_LENGTH:
        raise TokenInvalid()
    return token


class MemberAuthentication(BaseAuthentication):
    """Recognise a member by the access token. No header: nobody. A bad token is a 401, never nobody."""

    def authenticate(self, request: Request) -> tuple[MemberPrincipal, AccessClaims] | None:
        """Return the member and the claims; raises ``TokenExpired`` or ``TokenInvalid`` (401)."""
        token = bearer_token(request.META)
        if token is None:
            return None
        claims = decode_access(token)
        if not session_is_good(member_id=claims.member_id, session=claims.session, version=claims.version):
            raise TokenInvalid()
        return MemberPrincipal(id=claims.member_id, session=claims.session), claims

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge that goes with a 401."""
        return 'Bearer realm="shop"'
