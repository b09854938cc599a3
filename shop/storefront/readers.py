"""Who reads the storefront: anybody, and prices may depend on the tier of whoever is logged in."""

import hashlib
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from django.http import HttpRequest

from members.tiers.queries import price_tier_of
from shop.core.api.authentication import bearer_token
from shop.core.auth.tokens import decode_access
from shop.core.errors import ShopError

NO_TIER = ""
REMEMBERED_SECONDS = 5.0
"""How long a tier may be out of date, like everything else that a list shows."""
MOST_READERS = 10_000


@dataclass(frozen=True, slots=True)
class Reader:
    """The caller of a public read; ``member_id`` is None for a stranger."""

    member_id: int | None
    tier: str


_STRANGER = Reader(None, NO_TIER)
_readers: OrderedDict[bytes, tuple[float, Reader]] = OrderedDict()
_lock = threading.Lock()


def reader_of(request: HttpRequest) -> Reader:
    """Return who reads. A token that is spent, forged or malformed makes a stranger, never a refusal.

    The signature and the time decide; whether the session was closed since is not asked, because nothing
    here is personal and checkout prices everything anew. What a token says is remembered for a moment.
    """
    if "HTTP_AUTHORIZATION" not in request.META:
        return _STRANGER
    try:
        token = bearer_token(request)
    except ShopError:
        token = None
    return _remembered(token) if token else _STRANGER


def forget_readers() -> None:
    """Forget whose tokens this process has read."""
    with _lock:
        _readers.clear()


def _remembered(token: str) -> Reader:
    key = hashlib.blake2b(token.encode("utf-8", "surrogateescape"), digest_size=16).digest()
    now = time.monotonic()
    with _lock:
        found = _readers.get(key)
    if found is not None and found[0] > now:
        return found[1]
    try:
        member_id = decode_access(token).member_id
    except ShopError:
        return _STRANGER
    reader = Reader(member_id, tier_of(member_id))
    with _lock:
        _readers[key] = (now + REMEMBERED_SECONDS, reader)
        _readers.move_to_end(key)
        if len(_readers) > MOST_READERS:
            _readers.popitem(last=False)
    return reader


def tier_of(member_id: int | None) -> str:
    """Return the member's tier, as it takes part in cache keys: composed reads are kept once per tier.

    A tier that lowers no price reads what strangers read.
    """
    tier = None if member_id is None else price_tier_of(member_id)
    return NO_TIER if tier is None else str(tier)
