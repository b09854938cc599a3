"""Rate limits, counted atomically in Redis by one Lua script.

Each (scope, client) has a token bucket that holds ``limit`` tokens and refills evenly over ``seconds``. Time
is Redis's own, so that web processes with different clocks agree. All buckets of a request are charged in one
call: either every one has a token and all are charged, or none is. Redis down: the call goes through.
"""

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import redis
from django.conf import settings
from prometheus_client import Counter

from shop.core import errors
from shop.core.redis import attempt, script

SETTLE_SECONDS = 1.0
MOST_TABS = 20_000

REFUSED = Counter("shop_throttled", "Requests refused by a rate limit", ["scope"])

# KEYS: one bucket each; ARGV: capacity and seconds for each, then what the call costs.
# Answers {0, 0}, or {number of the empty bucket, milliseconds until it has a token}.
_SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local cost = tonumber(ARGV[2 * #KEYS + 1])
local levels = {}
for i, key in ipairs(KEYS) do
  local capacity, period = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i]) * 1000
  local bucket = redis.call('HMGET', key, 'level', 'at')
  local level = capacity
  if bucket[1] then
    local refill = math.max(0, now - tonumber(bucket[2])) * capacity / period
    level = math.min(capacity, tonumber(bucket[1]) + refill)
  end
  if level < 1 then
    return {i, math.ceil((1 - level) * period / capacity)}
  end
  levels[i] = level
end
for i, key in ipairs(KEYS) do
  redis.call('HSET', key, 'level', string.format('%.9f', levels[i] - cost), 'at', string.format('%.3f', now))
  redis.call('PEXPIRE', key, math.ceil(tonumber(ARGV[2 * i]) * 1000))
end
return {0, 0}
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """``limit`` calls per ``seconds``, counted by client address, or by member where one is logged in."""

    limit: int
    seconds: int
    by_ip: bool


def rate(scope: str) -> Rate:
    """Return the configured rate of a scope, scaled by ``SHOP_THROTTLE_SCALE``; ``KeyError`` if unknown."""
    limit, seconds, by = settings.SHOP_THROTTLES[scope]
    return Rate(
        limit=max(1, math.floor(limit * settings.SHOP_THROTTLE_SCALE)), seconds=seconds, by_ip=by == "ip"
    )


def charge(scopes: Sequence[str], *, ip: str, member_id: int | None) -> None:
    """Count one call in every scope; raises ``Throttled`` with the seconds to wait, and then counts none."""
    rates: Mapping[str, Rate] = {scope: rate(scope) for scope in scopes}
    keys = [f"throttle:{scope}:{_who(found, ip, member_id)}" for scope, found in rates.items()]
    numbers = [number for found in rates.values() for number in (found.limit, found.seconds)]
    answer = attempt("throttle", lambda client: _run(client, keys, [*numbers, 1]))
    if answer is None or answer[0] == 0:
        return
    raise _refusal(list(rates)[answer[0] - 1], answer[1] / 1000)


@dataclass(slots=True)
class _Tab:
    """What a client ran up in this process since it was last counted in Redis."""

    calls: int = 0
    settled_at: float = -math.inf
    refused_until: float = -math.inf


_tabs: OrderedDict[str, _Tab] = OrderedDict()
_tabs_lock = threading.Lock()


def charge_cheaply(scope: str, *, ip: str, member_id: int | None) -> None:
    """Count one call of a read that costs less than a trip to Redis; raises ``Throttled`` like ``charge``.

    The same bucket as ``charge``, but calls are counted here and settled together, after ``SETTLE_SECONDS``
    or when they amount to 2 % of the rate: a client gets at most that much more from each process.
    """
    found = rate(scope)
    key = f"throttle:{scope}:{_who(found, ip, member_id)}"
    now = time.monotonic()
    with _tabs_lock:
        tab = _tabs.get(key)
        if tab is None:
            tab = _tabs[key] = _Tab()
            if len(_tabs) > MOST_TABS:
                _tabs.popitem(last=False)
        left, calls = tab.refused_until - now, tab.calls + 1
        is_due = calls * 50 > found.limit or now - tab.settled_at >= SETTLE_SECONDS
        if left <= 0:
            tab.calls = 0 if is_due else calls
            tab.settled_at = now if is_due else tab.settled_at
    if left > 0:
        raise _refusal(scope, left)
    if not is_due:
        return
    answer = attempt("throttle", lambda client: _run(client, [key], [found.limit, found.seconds, calls]))
    if answer is not None and answer[0]:
        tab.refused_until = now + answer[1] / 1000
        raise _refusal(scope, answer[1] / 1000)


def forget_tabs() -> None:
    """Forget what this process has not settled yet."""
    with _tabs_lock:
        _tabs.clear()


def _refusal(scope: str, seconds: float) -> errors.Throttled:
    REFUSED.labels(scope).inc()
    return errors.Throttled(retry_after=max(1, math.ceil(seconds)))


def _run(client: redis.Redis, keys: Sequence[str], numbers: Sequence[int]) -> list[int]:
    return cast(list[int], script(client, _SCRIPT)(keys=keys, args=numbers))


def _who(found: Rate, ip: str, member_id: int | None) -> str:
    if member_id is not None and not found.by_ip:
        return f"m{member_id}"
    return f"ip{_network(ip)}"


@lru_cache(maxsize=4096)
def _network(ip: str) -> str:
    """Return the address, or for IPv6 the /64 that one subscriber owns whole."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip[:64]
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((int(address), 64), strict=False))
    return str(address)
