"""Tell a worker that messages wait; the sweep finds what a lost kick leaves behind."""

from shop.core.kicks import ask_once, begun

PROCESS_TASK = "shop.wechat.tasks.process_inbox"
QUEUE = "critical"
_KEY = "inbox:kick"


def kick() -> None:
    """Ask a worker to act on what waits, unless one has been asked and has not begun."""
    ask_once(_KEY, PROCESS_TASK, queue=QUEUE)


def begin() -> None:
    """The worker begins: what is committed from now on needs a kick of its own. Call it before looking."""
    begun(_KEY)
