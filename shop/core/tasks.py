"""Where Celery's autodiscovery finds the ground floor's tasks."""

from shop.core.jobs.tasks import run_job
from shop.core.outbox.tasks import relay_outbox

__all__ = ["relay_outbox", "run_job"]
