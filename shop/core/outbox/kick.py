"""The outbox's kick: ask a worker to run the relay, unless one has been asked and has not begun."""

from shop.core.kicks import send_kick
from shop.core.redis import attempt

RELAY_TASK = "shop.core.outbox.tasks.relay_outbox"
RELAY_QUEUE = "default"

_WAITING = "outbox:kick"
_WAITING_MILLISECONDS = 1000
"""A kick that was lost after all keeps the others away for no longer than this."""


def kick() -> None:
    """Ask a worker to run the relay now; the sweep job finds what a lost kick left.

    A relay that was asked for and has not begun will see this transaction too, so a busy shop does not send
    one task per order. When Redis cannot tell, everybody asks.
    """
    asked = attempt(
        "outbox kick", lambda client: bool(client.set(_WAITING, 1, nx=True, px=_WAITING_MILLISECONDS))
    )
    if asked is not False and not send_kick(RELAY_TASK, queue=RELAY_QUEUE):
        begin()


def begin() -> None:
    """The relay begins: what is committed from now on needs a kick of its own. Call it before looking."""
    attempt("outbox kick", lambda client: client.delete(_WAITING))
