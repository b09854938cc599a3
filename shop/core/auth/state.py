"""Is a session still good? PostgreSQL knows; Redis remembers for a few seconds.

Two small keys: whose open session this is, and a member's revocation version. Readers fill them only if
absent and writers overwrite them after commit, so that a slow reader never restores a stale answer. With
Redis down every request asks PostgreSQL; a revocation that Redis missed is seen after ``CACHE_SECONDS``.
"""

from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID

import redis
from django.db import connection

from shop.core.models.auth import MemberRevocation
from shop.core.prepared import Prepared
from shop.core.redis import attempt

CACHE_SECONDS = 10
_CLOSED = -1

_STORED = Prepared("""
SELECT coalesce((SELECT member_id FROM core_sessionfamily WHERE closed_at IS NULL AND id = %s), %s),
    coalesce((SELECT version FROM core_memberrevocation WHERE member_id = %s), 0)
""")


def session_is_good(*, member_id: int, session: str, version: int) -> bool:
    """Return whether this session of this member is open and its tokens were not revoked since."""
    keys = [_session_key(session), _member_key(member_id)]
    cached = attempt("session state", lambda client: cast(list[Any], client.mget(keys))) or [None, None]
    known = [None if value is None else int(value) for value in cached]
    if None in known:
        stored = _stored(session, member_id)
        missing = {key: now for key, seen, now in zip(keys, known, stored, strict=True) if seen is None}
        known = [now if seen is None else seen for seen, now in zip(known, stored, strict=True)]
        attempt("session state", lambda client: _fill(client, missing))
    return known == [member_id, version]


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


def _stored(session: str, member_id: int) -> tuple[int, int]:
    """Return the member whose open session this is (-1: closed or unknown) and this member's version."""
    try:
        family: UUID | None = UUID(session)
    except ValueError:
        family = None
    with connection.cursor() as cursor:
        _STORED.run(cursor, [family, _CLOSED, member_id])
        found: tuple[int, int] = cursor.fetchone()
    return found


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
