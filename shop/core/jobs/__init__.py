"""Jobs: what the shop does by itself, again and again.

A job is a function that does a bounded amount of work and returns how many things it did. It is safe to run
twice and at once: it claims rows with SKIP LOCKED and finds nothing left to do the second time.
"""

from shop.core.jobs.heartbeat import heartbeat_age, heartbeat_ages
from shop.core.jobs.registry import Job, job, registered_jobs
from shop.core.jobs.running import run_job
from shop.core.jobs.schedules import sync_schedules
from shop.core.jobs.status import JobStatus, job_status

__all__ = [
    "Job",
    "JobStatus",
    "heartbeat_age",
    "heartbeat_ages",
    "job",
    "job_status",
    "registered_jobs",
    "run_job",
    "sync_schedules",
]
