"""The outbox's kick: ask a worker to run the relay."""

from shop.core.kicks import send_kick

RELAY_TASK = "shop.core.outbox.tasks.relay_outbox"
RELAY_QUEUE = "default"


def kick() -> None:
    """Ask a worker to run the relay now; the sweep job finds what a lost kick left."""
    send_kick(RELAY_TASK, queue=RELAY_QUEUE)
