"""Around every call to WeChat: no open transaction, a place in the bulkhead, the breaker, the statistics.

Only in-request calls are guarded by bulkhead and breaker: a slow WeChat must not take the web threads from
the product list. Jobs call WeChat whatever happens, it is what they are for; their results feed the breaker.
Breakers are per host: the mini-program host being down does not stop payments.
"""

import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import lru_cache
from typing import TypeVar

from django.conf import settings

from shop.core.network import Breaker, Bulkhead, assert_no_transaction
from shop.wechat.http import Limits
from shop.wechat.outcomes import Outcome, Refused, Success, Unknown, UnknownReason
from shop.wechat.statistics import record_call

T = TypeVar("T")

WEB_THREAD_SHARE = 3
"""WeChat may hold one in this many web threads."""

PATIENCE_SECONDS = 0.5
"""How long a call waits for its turn: what WeChat takes for an answer on an ordinary day, and some."""

_HOST_FAILURES = frozenset(
    {
        UnknownReason.NOT_CONNECTED,
        UnknownReason.TIMEOUT,
        UnknownReason.BROKEN_CONNECTION,
        UnknownReason.SERVER_ERROR,
        UnknownReason.RATE_LIMITED,
    }
)


@lru_cache(maxsize=1)
def bulkhead() -> Bulkhead:
    """The one bulkhead of this process, shared by both hosts."""
    limit = max(1, settings.SHOP_WEB_THREADS // WEB_THREAD_SHARE)
    return Bulkhead("wechat", limit, patience=PATIENCE_SECONDS)


@lru_cache(maxsize=2)
def breaker(host: str) -> Breaker:
    """The breaker of ``pay`` or ``mini``, in this process."""
    return Breaker(f"wechat-{host}")


def perform(
    *, endpoint: str, limits: Limits, call: Callable[[], Outcome[T]], host: str = "pay"
) -> Outcome[T]:
    """Make ``call`` and count how it ended.

    Raises WechatBusy (503) before anything is sent when ``limits.guarded`` and the bulkhead stays full or the
    breaker is open; NetworkInTransaction when a transaction is open.
    """
    assert_no_transaction()
    with bulkhead().place() if limits.guarded else nullcontext():
        if limits.guarded:
            breaker(host).admit()
        began = time.monotonic()
        try:
            outcome = call()
        except Exception:
            breaker(host).record(success=False)
            raise
        seconds = time.monotonic() - began
        breaker(host).record(success=not _host_failed(outcome))
    record_call(endpoint=endpoint, outcome=_name(outcome), seconds=seconds, code=_code(outcome))
    return outcome


def _host_failed(outcome: Outcome[T]) -> bool:
    return isinstance(outcome, Unknown) and outcome.reason in _HOST_FAILURES


def _name(outcome: Outcome[T]) -> str:
    if isinstance(outcome, Success):
        return "success"
    return "refused" if isinstance(outcome, Refused) else "unknown"


def _code(outcome: Outcome[T]) -> str:
    if isinstance(outcome, Success):
        return ""
    return outcome.code or (outcome.reason.value if isinstance(outcome, Unknown) else "")
