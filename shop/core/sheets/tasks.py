"""Celery entry point of workbook runs."""

from celery import shared_task

from shop.core.sheets import working
from shop.core.sheets.runs import WORK_TASK


@shared_task(name=WORK_TASK, ignore_result=True)
def work(run_id: int) -> None:
    """Work on a run for a turn; sent when one is uploaded, confirmed or resumed."""
    working.work_or_hand_over(run_id)
