"""Running a job and keeping the record of it."""

import logging

from shop.core import clock
from shop.core.errors import NotFound
from shop.core.failures import describe_failure
from shop.core.jobs.registry import registered_jobs
from shop.core.models import JobRun
from shop.core.rows import insert_row, update_row

logger = logging.getLogger(__name__)


def run_job(name: str) -> int:
    """Run the job ``name`` now, record the run, and return how many things it did.

    The record is written before the work and completed after it, so a run that was killed shows. Raises
    ``NotFound`` for an unknown job; whatever the job raises is recorded and goes on up.
    """
    jobs = registered_jobs()
    if name not in jobs:
        raise NotFound
    run = JobRun(name=name)
    insert_row(run)
    try:
        processed = jobs[name].function()
    except Exception as error:
        _finish(run, outcome=JobRun.Outcome.FAILED, error=describe_failure(error))
        raise
    _finish(run, outcome=JobRun.Outcome.DONE, processed=processed)
    return processed


def _finish(run: JobRun, *, outcome: JobRun.Outcome, processed: int = 0, error: str = "") -> None:
    run.finished_at = clock.wall()
    run.outcome = outcome
    run.processed = processed
    run.error = error
    update_row(run, "finished_at", "outcome", "processed", "error")
