"""Tell a worker that a message waits; the sweep finds what a lost kick leaves behind."""

from shop.core.kicks import send_kick

PROCESS_TASK = "shop.wechat.tasks.process_inbox_message"
QUEUE = "critical"


def kick(message_id: int) -> None:
    """Ask a worker to act on one message; a failure is counted and left to the sweep."""
    send_kick(PROCESS_TASK, message_id, queue=QUEUE)
