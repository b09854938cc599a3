"""Opening, refreshing and closing a shopper's sessions.

Locks: the member's revocation row before a session family, a family before its tokens.
"""

from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction as django_transaction

from shop.core import clock
from shop.core.auth import state
from shop.core.auth.tokens import (
    TokenPair,
    encode_access,
    hash_refresh,
    new_refresh,
    refresh_expiry,
    successors,
)
from shop.core.db import in_transaction, lock_row, lock_rows
from shop.core.errors import NotFound, RefreshInvalid, RefreshReused
from shop.core.models.auth import MemberRevocation, RefreshSession, SessionFamily

log = structlog.get_logger(__name__)

REPEAT_WINDOW = timedelta(seconds=30)
"""How long a spent token still leads to its pair: covers a lost answer and two tabs refreshing at once."""


@dataclass(frozen=True, slots=True)
class _Reused:
    """A spent token came back too late: committed as a closed family, then told as a refusal."""

    family: SessionFamily


@in_transaction
def open_session(*, member_id: int, platform: str = "", device_id: str = "") -> TokenPair:
    """Log a member in and return the first pair of a new session. Locks the member's revocation row."""
    MemberRevocation.objects.bulk_create([MemberRevocation(member_id=member_id)], ignore_conflicts=True)
    version = lock_row(MemberRevocation.objects.filter(pk=member_id)).version
    issued_at = clock.wall()
    family = SessionFamily.objects.create(
        member_id=member_id, opened_at=issued_at, platform=platform[:16], device_id=device_id[:64]
    )
    refresh = new_refresh()
    token = _store(family, refresh, version=version)
    return _pair(family, token, refresh)


def refresh_session(refresh: str) -> TokenPair:
    """Exchange a refresh token for a new pair; a token spent less than 30 s ago gives the same pair again.

    Locks the session family. Raises ``RefreshInvalid`` for a token that is unknown, expired or closed, and
    ``RefreshReused`` for one that was spent earlier: then the family is closed, because somebody else holds
    the chain.
    """
    outcome = _exchange(refresh)
    if isinstance(outcome, _Reused):
        log.warning("auth.refresh_reused", member_id=outcome.family.member_id, session=str(outcome.family.pk))
        raise RefreshReused()
    return outcome


@in_transaction
def close_session(*, member_id: int, session: str, refresh: str | None = None) -> None:
    """Log out: close the session, and that of ``refresh`` if it is the same member's. Safe to repeat."""
    wanted = [session]
    if refresh is not None:
        owner = RefreshSession.objects.filter(token_hash=hash_refresh(refresh), family__member_id=member_id)
        wanted += [str(family) for family in owner.values_list("family_id", flat=True)]
    families = SessionFamily.objects.filter(pk__in=wanted, member_id=member_id, closed_at=None)
    _close(lock_rows(families), reason="logout")


@in_transaction
def revoke_member(*, member_id: int, reason: str = "revoked") -> int:
    """End every session of a member at once and return how many were open.

    Access tokens already given out stop working too, by the raised version. Locks the member's revocation
    row, so a login that happens at the same moment comes wholly before or wholly after.
    """
    MemberRevocation.objects.bulk_create([MemberRevocation(member_id=member_id)], ignore_conflicts=True)
    revocation = lock_row(MemberRevocation.objects.filter(pk=member_id))
    revocation.version += 1
    revocation.revoked_at = clock.wall()
    revocation.save(update_fields=["version", "revoked_at"])
    families = lock_rows(SessionFamily.objects.filter(member_id=member_id, closed_at=None))
    _close(families, reason=reason)
    version = revocation.version
    django_transaction.on_commit(lambda: state.remember_version(member_id, version))
    return len(families)


def purge_sessions(*, limit: int = 1000) -> int:
    """Delete at most ``limit`` families in which every token has expired; return how many went."""
    dead = SessionFamily.objects.exclude(tokens__expires_at__gt=clock.wall()).order_by("opened_at")
    families = list(dead.values_list("pk", flat=True)[:limit])
    SessionFamily.objects.filter(pk__in=families).exclude(tokens__expires_at__gt=clock.wall()).delete()
    return len(families)


@in_transaction
def _exchange(refresh: str) -> TokenPair | _Reused:
    found = RefreshSession.objects.filter(token_hash=hash_refresh(refresh)).first()
    if found is None:
        raise RefreshInvalid()
    try:
        family = lock_row(SessionFamily.objects.filter(pk=found.family_id))
        token = RefreshSession.objects.select_related("successor").get(pk=found.pk)
    except (NotFound, RefreshSession.DoesNotExist) as error:
        raise RefreshInvalid() from error
    now = clock.wall()
    if family.closed_at is not None:
        # A chain that reuse has closed goes on saying why.
        raise RefreshReused() if family.close_reason == "reused" else RefreshInvalid()
    if token.expires_at <= now:
        raise RefreshInvalid()
    if token.spent_at is None:
        return _spend(family, token, refresh)
    if now - token.spent_at <= REPEAT_WINDOW:
        return _repeat(family, token, refresh)
    _close([family], reason="reused")
    return _Reused(family)


def _spend(family: SessionFamily, token: RefreshSession, refresh: str) -> TokenPair:
    successor_text = next(successors(refresh))
    successor = _store(family, successor_text, version=state.current_version(family.member_id))
    token.spent_at, token.successor = successor.issued_at, successor
    token.save(update_fields=["spent_at", "successor"])
    return _pair(family, successor, successor_text)


def _repeat(family: SessionFamily, token: RefreshSession, refresh: str) -> TokenPair:
    for text in successors(refresh):
        if token.successor is not None and bytes(token.successor.token_hash) == hash_refresh(text):
            return _pair(family, token.successor, text)
    raise RefreshInvalid()


def _store(family: SessionFamily, refresh: str, *, version: int) -> RefreshSession:
    issued_at = clock.wall()
    return RefreshSession.objects.create(
        family=family,
        token_hash=hash_refresh(refresh),
        version=version,
        issued_at=issued_at,
        expires_at=refresh_expiry(issued_at),
    )


def _pair(family: SessionFamily, token: RefreshSession, refresh: str) -> TokenPair:
    access = encode_access(
        member_id=family.member_id, session=str(family.pk), version=token.version, issued_at=token.issued_at
    )
    return TokenPair(access, refresh, int(settings.JWT_ACCESS_LIFETIME.total_seconds()))


def _close(families: list[SessionFamily], *, reason: str) -> None:
    now = clock.wall()
    SessionFamily.objects.filter(pk__in=[family.pk for family in families]).update(
        closed_at=now, close_reason=reason[:32]
    )
    django_transaction.on_commit(lambda: state.remember_closed([family.pk for family in families]))
