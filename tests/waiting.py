"""Waiting for a condition, never for a time."""

import time
from collections.abc import Callable

_PAUSE_SECONDS = 0.01


def wait_until(condition: Callable[[], object], *, timeout: float = 60.0) -> None:
    """Return as soon as ``condition()`` is true; fail the test when it is not in time."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"{condition} did not become true in {timeout} s"
        time.sleep(_PAUSE_SECONDS)
