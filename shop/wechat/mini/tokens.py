"""The access token: one for the whole shop, fetched by one process at a time.

``stable_token`` in normal mode hands every caller the same token, kept in Redis under one lock. Whoever waits
for the lock reads Redis again before asking WeChat, so a storm of calls with an expired token makes one
request.
While Redis is down each process keeps its own copy under a thread lock; normal mode makes that harmless.
The token is a secret: it is never logged and never part of an error.
"""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import redis
from redis.exceptions import LockError

from shop.core import clock
from shop.core.network import Deadline
from shop.core.redis import attempt
from shop.wechat.http import NoAnswer
from shop.wechat.outcomes import UnknownReason

MARGIN_SECONDS = 60
"""A token is given up this long before it ends."""

FORCE_SPACING_SECONDS = 60
"""WeChat allows a forced refresh every 30 seconds and 20 times a day; we ask half as often."""

LOCK_SECONDS = 20
_POLL_SECONDS = 0.05
_PURPOSE = "wechat_token"


@dataclass(frozen=True)
class Token:
    """A token and the (true) moment WeChat stops accepting it."""

    value: str = field(repr=False)
    expires_at: datetime
    obtained_at: datetime

    def usable(self, now: datetime) -> bool:
        """Whether it lives longer than the margin."""
        return (self.expires_at - now).total_seconds() > MARGIN_SECONDS


Fetch = Callable[[bool], Token]
"""Asks WeChat; the argument is ``force_refresh``. Raises what the caller of the store wants to see."""


class TokenStore:
    """Where the token of one appid is kept. Thread-safe."""

    def __init__(self, appid: str) -> None:
        self._key = f"wechat:token:{appid}"
        self._lock_key = f"{self._key}:lock"
        self._forced_key = f"{self._key}:forced"
        self._thread_lock = threading.Lock()
        self._local: Token | None = None
        self._local_forced = 0.0

    def peek(self) -> Token | None:
        """The stored token, usable or not; None when there is none."""
        found = attempt(_PURPOSE, lambda connection: (connection.get(self._key),))
        if found is None:
            return self._local
        return _load(found[0])

    def get(self, fetch: Fetch, deadline: Deadline) -> str:
        """The current token, fetched if need be."""
        token = self.peek()
        if token is not None and token.usable(clock.wall()):
            return token.value
        return self.replace(None, fetch, deadline)

    def replace(self, rejected: str | None, fetch: Fetch, deadline: Deadline, *, force: bool = False) -> str:
        """A usable token other than ``rejected``, from Redis if somebody was faster, else from WeChat.

        ``force`` lets WeChat replace a token that it refuses but still hands out; spaced, as it is rationed.
        Raises what ``fetch`` raises, or NoAnswer when the deadline passes while another process fetches.
        """
        while True:
            found = self._other_than(rejected)
            if found is not None:
                return found
            lock = self._try_lock()
            if lock is None:
                return self._replace_locally(rejected, fetch, force=force)
            if lock:
                try:
                    return self._other_than(rejected) or self._fetch(rejected, fetch, force=force)
                finally:
                    _release(lock)
            if deadline.remaining() <= _POLL_SECONDS:
                raise NoAnswer(UnknownReason.TIMEOUT, sent=False)
            time.sleep(_POLL_SECONDS)

    def forget(self) -> None:
        """Drop every copy (tests, a changed secret)."""
        self._local = None
        attempt(_PURPOSE, lambda connection: connection.delete(self._key, self._forced_key))

    def _other_than(self, rejected: str | None) -> str | None:
        token = self.peek()
        if token is None or not token.usable(clock.wall()) or token.value == rejected:
            return None
        return token.value

    def _try_lock(self) -> "redis.lock.Lock | bool | None":
        """The lock, False while another holds it, None when Redis is down."""

        def acquire(connection: redis.Redis) -> "redis.lock.Lock | bool":
            lock = connection.lock(self._lock_key, timeout=LOCK_SECONDS)
            return lock if lock.acquire(blocking=False) else False

        return attempt(_PURPOSE, acquire)

    def _replace_locally(self, rejected: str | None, fetch: Fetch, *, force: bool) -> str:
        with self._thread_lock:
            token = self._local
            if token is not None and token.usable(clock.wall()) and token.value != rejected:
                return token.value
            return self._fetch(rejected, fetch, force=force)

    def _fetch(self, rejected: str | None, fetch: Fetch, *, force: bool) -> str:
        token = fetch(False)
        if force and token.value == rejected and self._may_force():
            token = fetch(True)
        self._save(token)
        return token.value

    def _may_force(self) -> bool:
        taken = attempt(
            _PURPOSE,
            lambda connection: (connection.set(self._forced_key, "1", nx=True, ex=FORCE_SPACING_SECONDS),),
        )
        if taken is not None:
            return bool(taken[0])
        now = time.monotonic()
        allowed = now - self._local_forced > FORCE_SPACING_SECONDS or self._local_forced == 0.0
        if allowed:
            self._local_forced = now
        return allowed

    def _save(self, token: Token) -> None:
        self._local = token
        seconds = max(1, int((token.expires_at - clock.wall()).total_seconds()))
        text = json.dumps(
            {
                "value": token.value,
                "expires_at": token.expires_at.timestamp(),
                "obtained_at": token.obtained_at.timestamp(),
            }
        )
        attempt(_PURPOSE, lambda connection: connection.set(self._key, text, ex=seconds))


def _load(raw: bytes | str | None) -> Token | None:
    if raw is None:
        return None
    stored = json.loads(raw)
    return Token(
        value=stored["value"],
        expires_at=datetime.fromtimestamp(stored["expires_at"], UTC),
        obtained_at=datetime.fromtimestamp(stored["obtained_at"], UTC),
    )


def _release(lock: "redis.lock.Lock | bool") -> None:
    """Give the lock back; if it ran out meanwhile, somebody else has it and that is fine."""

    def release(_connection: redis.Redis) -> bool:
        try:
            lock.release()  # type: ignore[union-attr]  # only called with a lock
        except LockError:
            return False
        return True

    attempt(_PURPOSE, release)


_stores: dict[str, TokenStore] = {}
_stores_lock = threading.Lock()


def token_store(appid: str) -> TokenStore:
    """The store of an appid, one per process."""
    with _stores_lock:
        return _stores.setdefault(appid, TokenStore(appid))
