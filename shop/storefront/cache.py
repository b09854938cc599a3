"""Composed answers kept as bytes: a moment in this process, a few seconds in Redis.

No answer is older than ``MAX_AGE_SECONDS``, counted from before its first query, whatever it passed through.
One caller builds an absent answer; the others wait a little for it. An answer about to expire is built anew
by one caller while the others still get the one there is. Without Redis every process builds for itself.
"""

import hashlib
import struct
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
NEAR_SECONDS = 1.0
"""How long a process trusts its own copy: clocks of web machines may differ by this much at most."""
REFRESH_SECONDS = 4.75
"""From this age on one caller builds the answer anew."""
NEAR_ENTRIES = 512
BUILDER_SECONDS = 3.0
"""A builder that takes longer is believed dead."""
WAIT_SECONDS = 0.5
POLL_SECONDS = 0.01
_PURPOSE = "storefront"
_HEADER = struct.Struct("!d16s")

# Answers the bytes, else 1 for the first who asks and 0 for those after.
_GET_OR_CLAIM = """
local kept = redis.call('GET', KEYS[1])
if kept then return kept end
if redis.call('SET', KEYS[2], '1', 'NX', 'PX', ARGV[1]) then return 1 end
return 0
"""

READS = Counter("shop_storefront_reads", "Composed reads by where the answer came from", ["source"])
_FROM_NEAR, _FROM_REDIS, _WAITED, _BUILT = (
    READS.labels(source) for source in ("process", "redis", "waited", "built")
)


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer's bytes, their entity tag, and the moment (Unix seconds) before its data was read."""

    body: bytes
    digest: bytes
    built_at: float

    @property
    def etag(self) -> str:
        """Return the strong entity tag."""
        return f'"{self.digest.hex()}"'


def digest_of(body: bytes) -> bytes:
    """Return 16 bytes that stand for ``body``."""
    return hashlib.blake2b(body, digest_size=16).digest()


def key_of(*, route: str, query: str, tier: str, language: str) -> str:
    """Return the key of one answer; the order of the query's parameters does not matter."""
    if "&" in query:
        query = "&".join(sorted(query.split("&")))
    what = hashlib.blake2b(f"{route}\x00{query}\x00{tier}".encode(), digest_size=16).hexdigest()
    return f"storefront:{language}:{what}"


class _Near:
    """The newest answers of this process; small, shared by its threads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.answers: OrderedDict[str, tuple[float, Kept]] = OrderedDict()

    def get(self, key: str) -> Kept | None:
        with self.lock:
            found = self.answers.get(key)
            if found is None:
                return None
            if found[0] <= time.time():
                del self.answers[key]
                return None
            self.answers.move_to_end(key)
            return found[1]

    def put(self, key: str, kept: Kept) -> None:
        until = min(time.time() + NEAR_SECONDS, kept.built_at + MAX_AGE_SECONDS)
        with self.lock:
            self.answers[key] = (until, kept)
            self.answers.move_to_end(key)
            if len(self.answers) > NEAR_ENTRIES:
                self.answers.popitem(last=False)


_near = _Near()


def forget_near() -> None:
    """Forget what this process keeps; Redis is left as it is."""
    with _near.lock:
        _near.answers.clear()


@dataclass(frozen=True, slots=True)
class Lookup:
    """What is known about an answer: the answer, or else whether it is the caller who must build it."""

    key: str
    kept: Kept | None
    is_mine: bool = False


def look_up(key: str) -> Lookup:
    """Return the answer under ``key`` if it is kept. If it is not, the first to ask is told to build it.

    Whoever is told so must call :func:`build_kept` with what this returned.
    """
    kept = _near.get(key)
    if kept is not None:
        _FROM_NEAR.inc()
        return Lookup(key, kept)
    stored = attempt(_PURPOSE, lambda client: _get_or_claim(client, key))
    if stored is None:
        return Lookup(key, None, is_mine=True)
    if isinstance(stored, int):
        return Lookup(key, None, is_mine=bool(stored))
    kept = _unpack(stored)
    if kept is None or (time.time() - kept.built_at >= REFRESH_SECONDS and _claim(key)):
        return Lookup(key, None, is_mine=True)
    _FROM_REDIS.inc()
    return Lookup(key, _keep_near(key, kept))


def build_kept(found: Lookup, build: Callable[[], bytes]) -> Kept:
    """Return the answer that was not kept: built by ``build`` from the database, or by somebody else.

    What ``build`` raises goes through to the caller, and nothing is kept.
    """
    return _build_and_store(found.key, build) if found.is_mine else _wait_or_build(found.key, build)


def kept_or_built(key: str, build: Callable[[], bytes]) -> Kept:
    """Return the answer under ``key``, at most ``MAX_AGE_SECONDS`` old."""
    found = look_up(key)
    return found.kept or build_kept(found, build)


def _wait_or_build(key: str, build: Callable[[], bytes]) -> Kept:
    """Wait for the answer that somebody else builds, not for long."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        stored = attempt(_PURPOSE, lambda client: cast(bytes, client.get(key) or b""))
        kept = _unpack(stored or b"")
        if kept is not None:
            _WAITED.inc()
            return _keep_near(key, kept)
        if stored is None:
            break
    return _build_and_store(key, build)


def _get_or_claim(client: redis.Redis, key: str) -> bytes | int:
    answer = script(client, _GET_OR_CLAIM)(keys=[key, f"{key}:builder"], args=[int(BUILDER_SECONDS * 1000)])
    return cast(bytes | int, answer)


def _claim(key: str) -> bool:
    taken = attempt(
        _PURPOSE,
        lambda client: bool(client.set(f"{key}:builder", b"1", nx=True, px=int(BUILDER_SECONDS * 1000))),
    )
    return taken is not False


def _build_and_store(key: str, build: Callable[[], bytes]) -> Kept:
    try:
        kept = _build(build)
    except BaseException:
        attempt(_PURPOSE, lambda client: client.delete(f"{key}:builder"))
        raise
    attempt(_PURPOSE, lambda client: _store(client, key, kept))
    return _keep_near(key, kept)


def _build(build: Callable[[], bytes]) -> Kept:
    built_at = time.time()
    body = build()
    _BUILT.inc()
    return Kept(body, digest_of(body), built_at)


def _keep_near(key: str, kept: Kept) -> Kept:
    _near.put(key, kept)
    return kept


def _store(client: redis.Redis, key: str, kept: Kept) -> bool:
    left = kept.built_at + MAX_AGE_SECONDS - time.time()
    with client.pipeline(transaction=False) as pipe:
        if left > 0:
            pipe.set(key, _HEADER.pack(kept.built_at, kept.digest) + kept.body, px=max(1, int(left * 1000)))
        pipe.delete(f"{key}:builder")
        pipe.execute()
    return True


def _unpack(stored: bytes) -> Kept | None:
    if len(stored) < _HEADER.size:
        return None
    built_at, digest = _HEADER.unpack_from(stored)
    if built_at + MAX_AGE_SECONDS <= time.time():
        return None
    return Kept(stored[_HEADER.size :], digest, built_at)
