"""What happened to our calls: Prometheus for machines, a small Redis tally per hour for the console.

The tally is a convenience: when Redis is down it is skipped and the call goes on.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import redis
from prometheus_client import Counter, Histogram

from shop.core import clock
from shop.core.redis import attempt

KEPT_HOURS = 48
_PREFIX = "wechat:calls:"

CALLS = Counter("shop_wechat_calls_total", "Calls to WeChat by outcome", ["endpoint", "outcome", "code"])
LATENCY = Histogram(
    "shop_wechat_call_seconds",
    "How long calls to WeChat take",
    ["endpoint"],
    buckets=(0.05, 0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 15),
)
CALLBACKS = Counter("shop_wechat_callbacks_total", "What WeChat sent us, by verdict", ["source", "verdict"])


@dataclass(frozen=True)
class CallStatistic:
    """One endpoint over the asked period. ``seconds`` is the sum of all latencies."""

    endpoint: str
    success: int
    refused: int
    unknown: int
    seconds: float
    last_code: str

    @property
    def total(self) -> int:
        """All calls."""
        return self.success + self.refused + self.unknown

    @property
    def average_seconds(self) -> float:
        """Mean latency; 0 without calls."""
        return self.seconds / self.total if self.total else 0.0


def record_call(*, endpoint: str, outcome: str, seconds: float, code: str) -> None:
    """Count one call. ``outcome``: success, refused or unknown; ``code``: what WeChat or the network said."""
    CALLS.labels(endpoint, outcome, code).inc()
    LATENCY.labels(endpoint).observe(seconds)
    key = _key(clock.wall())

    def tally(client: "redis.Redis") -> bool:
        pipe = client.pipeline(transaction=False)
        pipe.hincrby(key, f"{endpoint}|{outcome}", 1)
        pipe.hincrby(key, f"{endpoint}|ms", round(seconds * 1000))
        if code:
            pipe.hset(key, f"{endpoint}|code", code)
        pipe.expire(key, timedelta(hours=KEPT_HOURS))
        pipe.execute()
        return True

    attempt("wechat_tally", tally)


def read_calls(*, hours: int) -> list[CallStatistic] | None:
    """Sum up the last ``hours`` (at most 48), one row per endpoint; None when Redis is down."""
    now = clock.wall()
    keys = [_key(now - timedelta(hours=back)) for back in reversed(range(min(hours, KEPT_HOURS)))]

    def read(client: "redis.Redis") -> list[dict[bytes, bytes]]:
        pipe = client.pipeline(transaction=False)
        for key in keys:
            pipe.hgetall(key)
        return list(pipe.execute())

    tallies = attempt("wechat_tally", read)
    if tallies is None:
        return None
    numbers: dict[str, dict[str, int]] = {}
    codes: dict[str, str] = {}
    for tally in tallies:
        for name, value in tally.items():
            endpoint, _, what = name.decode().rpartition("|")
            if what == "code":
                codes[endpoint] = value.decode()
            else:
                row = numbers.setdefault(endpoint, {})
                row[what] = row.get(what, 0) + int(value)
    return [_row(endpoint, row, codes.get(endpoint, "")) for endpoint, row in sorted(numbers.items())]


def _row(endpoint: str, row: dict[str, int], code: str) -> CallStatistic:
    return CallStatistic(
        endpoint=endpoint,
        success=row.get("success", 0),
        refused=row.get("refused", 0),
        unknown=row.get("unknown", 0),
        seconds=row.get("ms", 0) / 1000,
        last_code=code,
    )


def _key(moment: datetime) -> str:
    return f"{_PREFIX}{moment:%Y%m%d%H}"
