"""Loading a process's code at once, without looking for garbage among it."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Load everything that lives as long as the process inside this block.

    Modules make objects by the hundred thousand and hardly any garbage, so the collector, whose passes are a
    tenth of the time a start takes, rests meanwhile. What is there at the end it never looks at again: later
    passes are shorter, and memory shared with forked children stays shared (documentation of ``gc.freeze``).
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
