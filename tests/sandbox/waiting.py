"""Waiting for a sight, not only for a truth."""

from collections.abc import Callable
from typing import TypeVar

from tests.waiting import wait_until

T = TypeVar("T")


def eventually(look: Callable[[], T], good: Callable[[T], bool], seconds: float = 20) -> T:
    """Look until it is good and return what was seen; the test fails when the time is over."""
    seen: list[T] = []

    def satisfied() -> bool:
        seen.append(look())
        return good(seen[-1])

    wait_until(satisfied, timeout=seconds)
    return seen[-1]
