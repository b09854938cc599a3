"""Celery entry point of the relay."""

from celery import shared_task

from shop.core.outbox.kick import RELAY_TASK, kick
from shop.core.outbox.relaying import relay

LIMIT = 500


@shared_task(name=RELAY_TASK, ignore_result=True)
def relay_outbox() -> None:
    """Deliver what is due; hand the rest to another run, so that one task never takes for ever."""
    if relay(LIMIT) >= LIMIT:
        kick()
