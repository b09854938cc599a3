"""Celery entry point of the relay."""

from celery import shared_task

from shop.core.outbox.kick import RELAY_TASK, begin, kick
from shop.core.outbox.relaying import relay

LIMIT = 500


@shared_task(name=RELAY_TASK, ignore_result=True)
def relay_outbox() -> None:
    """Deliver what is due; hand the rest to another run, so that one task never takes for ever."""
    begin()
    if relay(LIMIT) >= LIMIT:
        kick()
