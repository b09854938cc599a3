"""The Celery application: three queues, idempotent tasks, no stored results.

Tasks acknowledge late and are safe to run twice, because a broker redelivers whatever a killed worker held.
No task carries an ETA beyond the broker's visibility timeout: time-outs are scans (architecture, section 11).
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

app = Celery("jishi")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
