"""Is a session still good? PostgreSQL knows; Redis remembers for a few seconds.

Two small keys: whose open session this is, and a member's revocation version. Readers fill them only if
absent and writers overwrite them after commit, so that a slow reader never restores a stale answer. With
Redis down every request asks PostgreSQL; a revocation that Redis missed is seen after ``CACHE_SECONDS``.
"""

from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID

import redis

from shop.core.models.auth import MemberRevocation, SessionFamily
from shop.core.redis import attempt

CACHE_SECONDS = 10
_CLOSED = -1


def session_is_good(*, member_id: int, session: str, version: int) -> bool:
    """Return whether this session of this member is open and its tokens were not revoked since."""
    keys = [_session_key(session), _member_key(member_id)]
    cached = attempt("session state", lambda client: cast(list[Any], client.mget(keys)))
    known = [int(value) if value is not None else None for value in cached or [None, None]]
    missing: dict[str, int] = {}
    if known[0] is None:
        known[0] = missing[keys[0]] = _session_state(session)
    if known[1] is None:
        known[1] = missing[keys[1]] = current_version(member_id)
    if missing:
        attempt("session state", lambda client: _fill(client, missing))
    return known[0] == member_id and known[1] == version


def current_version(member_id: int) -> int:
    """Return the revocation version of a member; 0 for one who never logged in."""
    version = MemberRevocation.objects.filter(pk=member_id).values_list("version", flat=True).first()
    return version or 0


def remember_closed(sessions: Iterable[UUID | str]) -> None:
    """Let every process know at once that these sessions are closed; call after commit."""
    keys = [_session_key(str(session)) for session in sessions]
    if keys:
        attempt("session state", lambda client: _overwrite(client, dict.fromkeys(keys, _CLOSED)))


def remember_version(member_id: int, version: int) -> None:
    """Let every process know at once that a member's older tokens are void; call after commit."""
    attempt("session state", lambda client: _overwrite(client, {_member_key(member_id): version}))


def _session_state(session: str) -> int:
    """Return the member whose open session this is; -1 for a closed or unknown one."""
    try:
        family = UUID(session)
    except ValueError:
        return _CLOSED
    found = (
        SessionFamily.objects.filter(pk=family, closed_at=None).values_list("member_id", flat=True).first()
    )
    return _CLOSED if found is None else found


def _fill(client: redis.Redis, values: dict[str, int]) -> bool:
    with client.pipeline(transaction=False) as pipe:
        for key, value in values.items():
            pipe.set(key, value, ex=CACHE_SECONDS, nx=True)
        pipe.execute()
    return True


def _overwrite(client: redis.Redis, values: dict[str, int]) -> bool:
    with client.pipeline(transaction=False) as pipe:
        for key, value in values.items():
            pipe.set(key, value, ex=CACHE_SECONDS)
        pipe.execute()
    return True


def _session_key(session: str) -> str:
    return f"auth:session:{session[:64]}"


def _member_key(member_id: int) -> str:
    return f"auth:version:{member_id}"
