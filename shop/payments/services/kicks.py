"""Wakes the worker right after commit; a job finds whatever a lost kick leaves behind."""

from functools import partial

import structlog
from celery import current_app
from django.db import transaction

log = structlog.get_logger(__name__)


def kick_after_commit(task: str, pk: int) -> None:
    """Queue ``task(pk)`` once the open transaction has committed."""
    transaction.on_commit(partial(_send, task, pk), robust=True)


def _send(task: str, pk: int) -> None:
    current_app.send_task(task, args=[pk], queue="critical", retry=False)
