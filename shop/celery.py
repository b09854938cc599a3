"""The Celery application: three queues, idempotent tasks, no stored results.

Tasks acknowledge late and are safe to run twice, because a broker redelivers whatever a killed worker held.
No task carries an ETA beyond the broker's visibility timeout: time-outs are scans (architecture, section 11).
Worker and beat leave a sign of life for their container's health check (`shop.core.probe`).
"""

import os
from typing import Any

from celery import Celery
from celery.signals import (
    after_task_publish,
    beat_init,
    heartbeat_sent,
    setup_logging,
    task_postrun,
    task_prerun,
    worker_init,
)
from django.db import close_old_connections
from django.utils.module_loading import import_string
from django_structlog.celery.steps import DjangoStructLogInitStep

from shop.core.loading import loading
from shop.core.probe import mark_alive

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
# Django's system checks load every route and page; `migrate` and `sync_shop` have made them for this version.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("jishi")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Tasks log the request id of whoever queued them.
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Leave logging as Django configured it: whoever answers this replaces Celery's own set-up."""


@task_prerun.connect(weak=False)
@task_postrun.connect(weak=False)
def _keep_good_connections(task: Any = None, **_: Any) -> None:
    """Tasks share their process's database connection as requests do, by the same rules of age and health.

    Celery itself would close it around every task (``CELERY_DB_REUSE_MAX`` keeps it from that): a login and a
    cold cache in PostgreSQL each time, which cost more than what most tasks do.
    """
    if task is None or not task.request.is_eager:
        close_old_connections()


@worker_init.connect(weak=False)
def _load_work(**_kwargs: Any) -> None:
    """Import jobs and handlers before the pool forks: once, and in memory that its processes share."""
    from shop.core.jobs.registry import registered_jobs
    from shop.core.roof import roof_table

    with loading():
        registered_jobs()
        for handlers in roof_table("SUBSCRIPTIONS").values():
            for handler in handlers:
                import_string(handler)


@heartbeat_sent.connect(weak=False)
def _worker_is_at_work(**_kwargs: Any) -> None:
    """A worker's loop turns, and it has a broker."""
    mark_alive("worker")


@beat_init.connect(weak=False)
def _beat_starts(**_kwargs: Any) -> None:
    """From here on, what this process publishes is beat's: its heartbeat jobs come every 15 s."""
    after_task_publish.connect(_beat_is_at_work, weak=False)


def _beat_is_at_work(**_kwargs: Any) -> None:
    mark_alive("beat")
