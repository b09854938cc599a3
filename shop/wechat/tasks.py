"""Celery entry points."""

from celery import shared_task

from shop.wechat.inbox import process_due
from shop.wechat.inbox.kick import PROCESS_TASK, QUEUE, begin, kick

LIMIT = 200


@shared_task(name=PROCESS_TASK, queue=QUEUE, ignore_result=True)
def process_inbox() -> None:
    """Act on what is due; hand the rest to another run, so that one task never takes for ever."""
    begin()
    if process_due(LIMIT) >= LIMIT:
        kick()
