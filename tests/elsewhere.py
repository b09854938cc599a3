"""A second connection that does something and holds its transaction open."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connections, transaction

_DEADLINE_SECONDS = 60


@contextmanager
def held_elsewhere(action: Callable[[], object]) -> Iterator[None]:
    """Run ``action`` in another connection and keep its transaction open during the block; then roll back."""
    done, release = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                action()
                done.set()
                release.wait(_DEADLINE_SECONDS)
                transaction.set_rollback(True)
        finally:
            connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    assert done.wait(_DEADLINE_SECONDS)
    try:
        yield
    finally:
        release.set()
        holder.join()
