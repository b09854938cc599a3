"""Waiting for a condition with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(look: Callable[[], T], good: Callable[[T], bool], seconds: float = 20) -> T:
    """Look until it is good; AssertionError with the last sight when the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        sight = look()
        if good(sight):
            return sight
        assert time.monotonic() < deadline, f"still {sight}"
        time.sleep(0.02)
