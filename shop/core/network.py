"""Guards around calls that leave the shop: never inside a transaction, never too many, never for too long."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Gauge

from shop.core.db import transaction_depth
from shop.core.errors import ShopError, WechatBusy

_BREAKER_STATE = Gauge(
    "shop_breaker_state",
    "0 closed, 1 half open, 2 open; the worst of all processes.",
    ["breaker"],
    multiprocess_mode="livemax",
)
_BREAKER_REFUSED = Counter("shop_breaker_refused_total", "Calls refused by an open breaker.", ["breaker"])
_BULKHEAD_IN_FLIGHT = Gauge(
    "shop_bulkhead_in_flight", "Calls in flight.", ["bulkhead"], multiprocess_mode="livesum"
)
_BULKHEAD_REFUSED = Counter("shop_bulkhead_refused_total", "Calls refused by a full bulkhead.", ["bulkhead"])

_CLOSED, _HALF_OPEN, _OPEN = 0, 1, 2


class NetworkInTransaction(RuntimeError):
    """Somebody is about to call the network while row locks are held: a mistake in the code."""


def assert_no_transaction() -> None:
    """Raise ``NetworkInTransaction`` when a transaction is open; every client of ours calls this first.

    A slow answer would hold our row locks for as long as the other side likes, and a rollback afterwards
    would forget a call that did happen.
    """
    if transaction_depth() > 0:
        raise NetworkInTransaction("The network was called inside a transaction.")


class Deadline:
    """A span of time that several calls share: each gets what the ones before it left over."""

    def __init__(self, seconds: float, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._end = now() + seconds

    def remaining(self) -> float:
        """Return the seconds left, 0 when there are none."""
        return max(0.0, self._end - self._now())

    @property
    def expired(self) -> bool:
        """Return whether nothing is left."""
        return self.remaining() <= 0

    def cap(self, seconds: float) -> float:
        """Return ``seconds``, or what is left if that is less: the time-out for the next step."""
        return min(seconds, self.remaining())


class Bulkhead:
    """At most ``limit`` calls in flight in this process; one more is refused.

    With ``patience`` (seconds) as many again may wait that long for a place: two shoppers who pay at the same
    moment both do. Whoever finds the waiting room full too is refused at once. So a slow partner never takes
    more than twice ``limit`` of the web threads, half of them only for moments.
    """

    def __init__(
        self, name: str, limit: int, *, patience: float = 0.0, refusal: type[ShopError] = WechatBusy
    ) -> None:
        if limit < 1:
            raise ValueError("A bulkhead lets at least one call through.")
        self.name = name
        self.limit = limit
        self._patience = patience
        self._refusal = refusal
        self._places = threading.BoundedSemaphore(limit)
        self._waiting_room = threading.BoundedSemaphore(limit)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold one of the places during the block; raises the refusal when all stay taken."""
        if not self._enter():
            _BULKHEAD_REFUSED.labels(self.name).inc()
            raise self._refusal(retry_after=1)
        _BULKHEAD_IN_FLIGHT.labels(self.name).inc()
        try:
            yield
        finally:
            _BULKHEAD_IN_FLIGHT.labels(self.name).dec()
            self._places.release()

    def _enter(self) -> bool:
        if self._places.acquire(blocking=False):
            return True
        if not self._patience or not self._waiting_room.acquire(blocking=False):
            return False
        try:
            return self._places.acquire(timeout=self._patience)
        finally:
            self._waiting_room.release()


class Breaker:
    """Stops calling a partner that keeps failing, and asks it again carefully.

    Closed: every call goes through. ``failure_threshold`` failures in a row within ``window`` seconds open
    it: calls are refused at once for ``cool_down`` seconds. Then it is half open: one probe at a time goes
    through; its success closes the breaker, its failure opens it again. A probe that never reports back
    frees its place after another ``cool_down``.

    Per process and thread-safe. Call ``admit`` before and ``record`` after every call.
    """

    def __init__(
        self,
        name: str,
        *,
        failure_threshold: int = 5,
        window: float = 30.0,
        cool_down: float = 10.0,
        refusal: type[ShopError] = WechatBusy,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        if failure_threshold < 1:
            raise ValueError("A breaker needs at least one failure to open.")
        self.name = name
        self._threshold = failure_threshold
        self._window = window
        self._cool_down = cool_down
        self._refusal = refusal
        self._now = now
        self._lock = threading.Lock()
        self._failures: deque[float] = deque(maxlen=failure_threshold)
        self._admit_after: float | None = None
        self._probing = False
        _BREAKER_STATE.labels(name).set(_CLOSED)

    @property
    def state(self) -> str:
        """Return ``closed``, ``half_open`` or ``open``."""
        with self._lock:
            return ("closed", "half_open", "open")[self._state()]

    def admit(self) -> None:
        """Let the call through, or raise the refusal with the seconds until the next probe."""
        with self._lock:
            state = self._state()
            if state == _OPEN:
                _BREAKER_REFUSED.labels(self.name).inc()
                raise self._refusal(retry_after=self._seconds_left())
            if state == _HALF_OPEN:
                self._probing = True
                self._admit_after = self._now() + self._cool_down
                _BREAKER_STATE.labels(self.name).set(_HALF_OPEN)

    def record(self, *, success: bool) -> None:
        """Report how an admitted call ended. A refusal by the partner is a success: it answered."""
        with self._lock:
            if success:
                self._failures.clear()
                self._admit_after = None
                self._probing = False
                _BREAKER_STATE.labels(self.name).set(_CLOSED)
                return
            if self._state() == _OPEN and not self._probing:
                return  # a straggler from before it opened says nothing new
            now = self._now()
            self._failures.append(now)
            enough = len(self._failures) == self._threshold and now - self._failures[0] <= self._window
            if enough or self._probing:
                self._admit_after = now + self._cool_down
                self._probing = False
                _BREAKER_STATE.labels(self.name).set(_OPEN)

    def _state(self) -> int:
        if self._admit_after is None:
            return _CLOSED
        return _HALF_OPEN if self._now() >= self._admit_after else _OPEN

    def _seconds_left(self) -> int:
        left = 0.0 if self._admit_after is None else self._admit_after - self._now()
        return max(1, round(left))
