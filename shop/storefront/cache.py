"""Composed answers kept as bytes: in this process, and in Redis for all.

No answer is older than ``MAX_AGE_SECONDS``, counted from before its first query, whatever it passed through.
That moment is read off Redis's clock by whoever sets out to build, and Redis ends the answer's life exactly
so much later; a process learns how much of it is left, and keeps its own copy no longer. So no two clocks
are ever compared. One caller builds an absent answer; the others wait a little for it. An answer about to
expire is built anew by one caller while the others still get the one there is. Without Redis every process
builds for itself.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import redis
from prometheus_client import Counter

from shop.core.redis import attempt, script

MAX_AGE_SECONDS = 5.0
REFRESH_SECONDS = 4.75
"""From this age on one caller builds the answer anew."""
NEAR_ENTRIES = 4096
NEAR_BYTES = 16 * 1024 * 1024
"""How much a process keeps for itself."""
BUILDER_SECONDS = 3.0
"""A builder that takes longer is believed dead."""
WAIT_SECONDS = 0.5
POLL_SECONDS = 0.01
_PURPOSE = "storefront"
_DIGEST_BYTES = 16
_REFRESH_LEFT_MS = int((MAX_AGE_SECONDS - REFRESH_SECONDS) * 1000)

# Answers {bytes, milliseconds left}; or {'', the time} to the one who must build; or {'', 0} to the others,
# who wait. An empty value stands for "being built".
_GET_OR_CLAIM = """
local kept = redis.call('GET', KEYS[1])
if kept == '' then return {'', 0} end
if kept then
  local left = redis.call('PTTL', KEYS[1])
  if left > tonumber(ARGV[2]) or not redis.call('SET', KEYS[2], '1', 'NX', 'PX', ARGV[1]) then
    return {kept, left}
  end
else
  redis.call('SET', KEYS[1], '', 'PX', ARGV[1])
end
local time = redis.call('TIME')
return {'', time[1] * 1000 + math.floor(time[2] / 1000)}
"""

READS = Counter("shop_storefront_reads", "Composed reads by where the answer came from", ["source"])
_FROM_NEAR, _FROM_REDIS, _WAITED, _BUILT = (
    READS.labels(source) for source in ("process", "redis", "waited", "built")
)


def now() -> float:
    """Return seconds of a clock that nobody sets."""
    return time.monotonic()


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer's bytes and their digest."""

    body: bytes
    digest: bytes

    @property
    def etag(self) -> str:
        """Return the strong entity tag."""
        return f'"{self.digest.hex()}"'


def digest_of(body: bytes) -> bytes:
    """Return bytes that stand for ``body``."""
    return hashlib.blake2b(body, digest_size=_DIGEST_BYTES).digest()


def key_of(*, route: str, query: str, tier: str, language: str) -> str:
    """Return the key of one answer; the order of the query's parameters does not matter."""
    if "&" in query:
        query = "&".join(sorted(query.split("&")))
    what = hashlib.blake2b(f"{route}\x00{query}\x00{tier}".encode(), digest_size=16).hexdigest()
    return f"storefront:{language}:{what}"


class _Near:
    """The newest answers of this process, each with the moment it must be asked for again."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.answers: OrderedDict[str, tuple[float, Kept]] = OrderedDict()
        self.size = 0

    def get(self, key: str) -> Kept | None:
        with self.lock:
            found = self.answers.get(key)
            if found is None:
                return None
            if found[0] <= now():
                self._drop(key)
                return None
            self.answers.move_to_end(key)
            return found[1]

    def put(self, key: str, kept: Kept, until: float) -> None:
        with self.lock:
            self._drop(key)
            self.answers[key] = (until, kept)
            self.size += len(kept.body)
            while len(self.answers) > NEAR_ENTRIES or self.size > NEAR_BYTES:
                self._drop(next(iter(self.answers)))

    def clear(self) -> None:
        with self.lock:
            self.answers.clear()
            self.size = 0

    def _drop(self, key: str) -> None:
        found = self.answers.pop(key, None)
        if found is not None:
            self.size -= len(found[1].body)


_near = _Near()


def forget_near() -> None:
    """Forget what this process keeps; Redis is left as it is."""
    _near.clear()


@dataclass(frozen=True, slots=True)
class Lookup:
    """What is known about an answer: the answer, or else whether it is the caller who must build it.

    ``claimed_ms`` is when the caller was told so, by Redis's clock; 0 for one who may wait for another,
    None without Redis.
    """

    key: str
    kept: Kept | None
    claimed_ms: int | None = None


def look_near(key: str) -> Kept | None:
    """Return the answer under ``key`` if this process keeps it."""
    kept = _near.get(key)
    if kept is not None:
        _FROM_NEAR.inc()
    return kept


def look_up(key: str) -> Lookup:
    """Return the answer under ``key`` if it is kept. If it is not, the first to ask is told to build it.

    Whoever is told so must call :func:`build_kept` with what this returned.
    """
    kept = look_near(key)
    if kept is not None:
        return Lookup(key, kept)
    found = _ask(key)
    if found.kept is not None:
        _FROM_REDIS.inc()
    return found


def build_kept(found: Lookup, build: Callable[[], bytes]) -> Kept:
    """Return the answer that was not kept: built by ``build`` from the database, or by somebody else.

    What ``build`` raises goes through to the caller, and nothing is kept.
    """
    if found.claimed_ms != 0:
        return _build_and_store(found, build)
    deadline = time.monotonic() + WAIT_SECONDS
    while found.claimed_ms == 0 and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        found = _ask(found.key)
        if found.kept is not None:
            _WAITED.inc()
            return found.kept
    return _build_and_store(found, build)


def kept_or_built(key: str, build: Callable[[], bytes]) -> Kept:
    """Return the answer under ``key``, at most ``MAX_AGE_SECONDS`` old."""
    found = look_up(key)
    return found.kept or build_kept(found, build)


def _ask(key: str) -> Lookup:
    """Look the answer up in Redis."""
    asked_at = now()
    stored = attempt(_PURPOSE, lambda client: _get_or_claim(client, key))
    if stored is None:
        return Lookup(key, None)
    value, number = stored
    if not value:
        return Lookup(key, None, claimed_ms=number)
    kept = Kept(value[_DIGEST_BYTES:], value[:_DIGEST_BYTES])
    # Until it is due to be built anew; and if somebody is at that already, until its end. Redis counts whole
    # milliseconds, so what it says is left may be one too many.
    left = number - 1 - (_REFRESH_LEFT_MS if number > _REFRESH_LEFT_MS else 0)
    _near.put(key, kept, asked_at + left / 1000)
    return Lookup(key, kept)


def _get_or_claim(client: redis.Redis, key: str) -> tuple[bytes, int]:
    arguments = [int(BUILDER_SECONDS * 1000), _REFRESH_LEFT_MS]
    answer = script(client, _GET_OR_CLAIM)(keys=[key, f"{key}:builder"], args=arguments)
    return cast(tuple[bytes, int], tuple(answer))


def _build_and_store(found: Lookup, build: Callable[[], bytes]) -> Kept:
    """Build; and store it for all, if that was asked of this caller."""
    key, claimed_ms = found.key, found.claimed_ms
    started_at = now()
    try:
        body = build()
    except BaseException:
        if claimed_ms:
            attempt(_PURPOSE, lambda client: client.delete(key, f"{key}:builder"))
        raise
    _BUILT.inc()
    kept = Kept(body, digest_of(body))
    if claimed_ms:
        until_ms = claimed_ms + int(MAX_AGE_SECONDS * 1000)
        attempt(_PURPOSE, lambda client: client.set(key, kept.digest + kept.body, pxat=until_ms) or True)
    _near.put(key, kept, started_at + REFRESH_SECONDS)
    return kept
