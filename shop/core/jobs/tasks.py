"""Celery entry point of every job."""

from celery import shared_task

from shop.core.jobs import running
from shop.core.jobs.schedules import RUN_JOB_TASK


@shared_task(name=RUN_JOB_TASK, ignore_result=True)
def run_job(name: str) -> None:
    """Run the job ``name``; beat sends this to the job's own queue."""
    running.run_job(name)
