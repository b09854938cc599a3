"""How jobs share the rows that are due: a short committed lease, then work outside any transaction."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TypeVar

from django.db.models import Q, QuerySet

from shop.core import clock
from shop.core.db import claim_rows, transaction
from shop.payments.models.watched import Watched

W = TypeVar("W", bound=Watched)

LEASE = timedelta(seconds=60)
"""Longer than two calls to WeChat; after it the row belongs to whoever comes next."""

_SECONDS_PER_RUN = 45


def take_due(rows: QuerySet[W]) -> int | None:
    """Lease the row that has been due longest and that nobody works on; return its primary key or None."""
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=clock.wall())
    with transaction():
        found = claim_rows(rows.filter(free, due_at__lte=clock.now()).order_by("due_at"), limit=1)
        for row in found:
            row.leased_until = clock.wall() + LEASE
            row.save(update_fields=["leased_until"])
            return int(row.pk)
    return None


def each_due(rows: QuerySet[W], *, limit: int = 500) -> Iterator[int]:
    """Lease due rows one after the other, bounded in number and time, so that a slow WeChat delays few."""
    end = time.monotonic() + _SECONDS_PER_RUN
    for _turn in range(limit):
        found = take_due(rows)
        if found is None:
            return
        yield found
        if time.monotonic() > end:
            return


def work_through(rows: QuerySet[W], work: Callable[[int], None], *, limit: int = 500) -> int:
    """Do ``work`` on every due row and return how many there were."""
    done = 0
    for pk in each_due(rows, limit=limit):
        work(pk)
        done += 1
    return done
