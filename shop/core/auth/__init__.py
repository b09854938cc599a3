"""Sessions of shoppers: JWT access tokens and families of refresh tokens.

``sessions`` opens, refreshes, closes and revokes; ``tokens`` makes and reads them; ``state`` knows whether a
session is still good.
"""

from shop.core.auth.sessions import (
    close_session,
    open_session,
    purge_sessions,
    refresh_session,
    revoke_member,
)
from shop.core.auth.tokens import TokenPair

__all__ = ["TokenPair", "close_session", "open_session", "purge_sessions", "refresh_session", "revoke_member"]
