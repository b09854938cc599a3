"""The Celery application: three queues, idempotent tasks, no stored results.

Tasks acknowledge late and are safe to run twice, because a broker redelivers whatever a killed worker held.
No task carries an ETA beyond the broker's visibility timeout: time-outs are scans (architecture, section 11).
"""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

app = Celery("jishi")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Tasks log the request id of whoever queued them.
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Leave logging as Django configured it: somebody who answers this signal replaces Celery's own set-up."""
