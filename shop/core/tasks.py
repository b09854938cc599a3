"""Where Celery's autodiscovery finds the ground floor's tasks."""

from shop.core.jobs.tasks import run_job
from shop.core.outbox.tasks import relay_outbox
from shop.core.sheets.tasks import work

__all__ = ["relay_outbox", "run_job", "work"]
