"""Deleting old rows in bounded steps, so that tables that grow stay small."""

from typing import Any

from django.db.models import QuerySet

from shop.core.db import claim_rows, run_in_transaction

BATCH = 1000
MOST = 100_000
"""Rows that one run deletes at most; the next run goes on."""


def purge(rows: QuerySet[Any]) -> int:
    """Delete ``rows`` in short transactions, skipping locked ones, at most ``MOST``; return how many went."""
    deleted = 0
    while deleted < MOST:
        batch = run_in_transaction(lambda: _purge_batch(rows))
        deleted += batch
        if batch < BATCH:
            break
    return deleted


def _purge_batch(rows: QuerySet[Any]) -> int:
    ids = [row.pk for row in claim_rows(rows.only("pk"), limit=BATCH)]
    rows.model._default_manager.filter(pk__in=ids).delete()
    return len(ids)
