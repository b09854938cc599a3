"""The outbox's kick: ask a worker to run the relay, unless one has been asked and has not begun."""

from shop.core.kicks import ask_once, begun

RELAY_TASK = "shop.core.outbox.tasks.relay_outbox"
RELAY_QUEUE = "default"
_KEY = "outbox:kick"


def kick() -> None:
    """Ask a worker to run the relay now; the sweep job finds what a lost kick left."""
    ask_once(_KEY, RELAY_TASK, queue=RELAY_QUEUE)


def begin() -> None:
    """The relay begins: what is committed from now on needs a kick of its own. Call it before looking."""
    begun(_KEY)
