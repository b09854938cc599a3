"""How jobs share the rows that are due: a short committed lease, then work outside any transaction."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TypeVar

import structlog
from django.db.models import Q, QuerySet

from shop.core import clock
from shop.core.db import claim_rows, transaction
from shop.core.failures import describe_failure
from shop.payments.models.watched import Watched

log = structlog.get_logger(__name__)

W = TypeVar("W", bound=Watched)

LEASE = timedelta(seconds=60)
"""Longer than two calls to WeChat; after it the row belongs to whoever comes next."""

_SECONDS_PER_RUN = 45


def take_due(rows: QuerySet[W]) -> int | None:
    """Lease the row that has been due longest and that nobody works on; return its primary key or None."""
    with transaction():
        found = claim_rows(_due(rows).order_by("due_at"), limit=1)
        for row in found:
            row.leased_until = clock.wall() + LEASE
            row.save(update_fields=["leased_until"])
            return int(row.pk)
    return None


def _due(rows: QuerySet[W]) -> QuerySet[W]:
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=clock.wall())
    return rows.filter(free, due_at__lte=clock.now())


def each_due(rows: QuerySet[W], *, limit: int = 500) -> Iterator[int]:
    """Lease due rows one after the other, bounded in number and time, so that a slow WeChat delays few."""
    if not _due(rows).exists():  # cheaper than a transaction, and nearly always so
        return
    end = time.monotonic() + _SECONDS_PER_RUN
    for _turn in range(limit):
        found = take_due(rows)
        if found is None:
            return
        yield found
        if time.monotonic() > end:
            return


def work_through(rows: QuerySet[W], work: Callable[[int], None], *, limit: int = 500) -> int:
    """Do ``work`` on every due row and return how many there were.

    A row that fails does not stop the others: it comes again when its lease ends. The first failure is raised
    at the end, so that the job's record shows it.
    """
    done = 0
    failures: list[Exception] = []
    for pk in each_due(rows, limit=limit):
        try:
            work(pk)
        except Exception as error:  # noqa: BLE001  raised below, after the other rows
            log.warning("due_row_failed", table=rows.model._meta.label, pk=pk, error=describe_failure(error))
            failures.append(error)
        done += 1
    if failures:
        raise failures[0]
    return done
