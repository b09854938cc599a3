"""The ground floor's tables, one file per story."""

from shop.core.models.idempotency import IdempotencyKey
from shop.core.models.jobs import JobRun
from shop.core.models.outbox import HandledEvent, OutboxEvent

__all__ = ["HandledEvent", "IdempotencyKey", "JobRun", "OutboxEvent"]
