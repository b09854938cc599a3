"""Kill -9 of any part of a running shop, at random moments, each part as often as the others."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tests.chaos.running_shop import VICTIMS, RunningShop, wait_for


@contextmanager
def killer(shop: RunningShop, *, seed: int) -> Iterator[Counter[str]]:
    """Kill a random part at random moments while the block runs; yields how often each was killed.

    The next one is killed once everything answers again: what is tested is dying, not never getting up.
    """
    dice = random.Random(seed)
    kills: Counter[str] = Counter()
    enough = threading.Event()

    def roam() -> None:
        order: list[str] = []
        while not enough.wait(dice.uniform(1.0, 6.0)):
            order = order or dice.sample(VICTIMS, len(VICTIMS))
            victim = order.pop()
            kills[victim] += shop.kill(victim)
            wait_for(lambda: enough.is_set() or shop.is_whole(), seconds=120, what=f"{victim} is back")

    thread = threading.Thread(target=roam)
    thread.start()
    try:
        yield kills
    finally:
        enough.set()
        thread.join()
