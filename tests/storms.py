"""Many real threads at once, started by a barrier, with everything they did or raised."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections

THREADS = 200
_DEADLINE_SECONDS = 200


def storm(action: Callable[[int], Any], *, threads: int = THREADS, connect: bool = True) -> list[Any]:
    """Run ``action(0)`` ... ``action(threads - 1)`` at the same moment; return each result or exception.

    Every thread has a database connection of its own, opened before the barrier, and closes it at the end;
    with ``connect`` false it has none, because it works over HTTP.
    """
    results: list[Any] = [None] * threads
    barrier = threading.Barrier(threads)

    def run(number: int) -> None:
        try:
            if connect:
                connections["default"].ensure_connection()
            barrier.wait(_DEADLINE_SECONDS)
            results[number] = action(number)
        except Exception as error:  # noqa: BLE001  handed to the test, which judges it
            results[number] = error
        finally:
            connections.close_all()

    workers = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(_DEADLINE_SECONDS)
    assert not any(worker.is_alive() for worker in workers), "the storm did not end"
    return results


def raised(results: list[Any]) -> list[BaseException]:
    """Return the exceptions among the results of a storm."""
    return [result for result in results if isinstance(result, BaseException)]
