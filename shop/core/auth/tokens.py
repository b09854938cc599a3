"""Access and refresh tokens as values: making and reading them, without any table.

Access: a JWT (RFC 7519), HS256 under a key derived from the deployment's secret, good for two hours of true
time. Claims: ``sub`` member id, ``sid`` session family, ``rv`` revocation version, ``iat``, ``exp``, ``iss``.
Refresh: 256 random bits. The successor of a refresh token is derived from it with the server's key, so that
the same spent token always leads to the same pair, and nothing that could be stolen is stored for it.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt
from django.conf import settings

from shop.core import clock
from shop.core.errors import TokenExpired, TokenInvalid

ALGORITHM = "HS256"
ISSUER = "shop"
_CLAIMS = ["exp", "iat", "sub", "sid", "rv"]
REFRESH_LENGTH = 43
"""Characters of a refresh token: 32 bytes in unpadded base64url."""


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a good access token says."""

    member_id: int
    session: str
    version: int


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a client gets: ``expires_in`` is the lifetime of ``access`` in seconds."""

    access: str
    refresh: str
    expires_in: int


def encode_access(*, member_id: int, session: str, version: int, issued_at: datetime) -> str:
    """Return the signed access token; the same arguments give the same token."""
    issued = int(issued_at.timestamp())
    claims = {
        "iss": ISSUER,
        "sub": str(member_id),
        "sid": session,
        "rv": version,
        "iat": issued,
        "exp": issued + int(settings.JWT_ACCESS_LIFETIME.total_seconds()),
    }
    return jwt.encode(claims, next(_keys("access")), algorithm=ALGORITHM)


def decode_access(token: str) -> AccessClaims:
    """Return what the token says; raises ``TokenExpired`` or ``TokenInvalid`` (401)."""
    for key in _keys("access"):
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                # Times are read below, on the shop's own true clock.
                options={"require": _CLAIMS, "verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidSignatureError:
            continue
        except jwt.InvalidTokenError as error:
            raise TokenInvalid() from error
        return _read(claims)
    raise TokenInvalid()


def _read(claims: dict[str, object]) -> AccessClaims:
    subject, session = claims["sub"], claims["sid"]
    version, expires = claims["rv"], claims["exp"]
    if not (isinstance(subject, str) and subject.isascii() and subject.isdigit()):
        raise TokenInvalid()
    if not (isinstance(session, str) and isinstance(version, int) and isinstance(expires, int)):
        raise TokenInvalid()
    if clock.wall().timestamp() >= expires:
        raise TokenExpired()
    return AccessClaims(int(subject), session, version)


def new_refresh() -> str:
    """Return a fresh, unguessable refresh token."""
    return secrets.token_urlsafe(32)


def hash_refresh(token: str) -> bytes:
    """Return what the table keeps of a refresh token. It is random, so a plain SHA-256 hides it."""
    return hashlib.sha256(token.encode()).digest()


def successors(token: str) -> Iterator[str]:
    """Yield the successor of ``token`` under the current key, then under keys being rotated out."""
    for key in _keys("refresh"):
        digest = hmac.new(key, token.encode(), hashlib.sha256).digest()
        yield base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def refresh_expiry(issued_at: datetime) -> datetime:
    """Return when a refresh token issued then stops working."""
    lifetime: timedelta = settings.JWT_REFRESH_LIFETIME
    return issued_at + lifetime


def _keys(purpose: str) -> Iterator[bytes]:
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield hmac.new(secret.encode(), f"shop.auth.{purpose}".encode(), hashlib.sha256).digest()
