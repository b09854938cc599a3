"""Celery entry points."""

from celery import shared_task

from shop.wechat.inbox import process_message
from shop.wechat.inbox.kick import PROCESS_TASK, QUEUE


@shared_task(name=PROCESS_TASK, queue=QUEUE, ignore_result=True)
def process_inbox_message(message_id: int) -> None:
    """Act on one stored message."""
    process_message(message_id)
