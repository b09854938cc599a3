"""Time sold out, per stock row and Beijing day."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Q

from catalog.models import Stock
from catalog.rules.stock import seconds_by_day
from shop.core import clock
from shop.core.db import claim_rows, in_transaction

Span = tuple[int, datetime, datetime]
"""Stock id, from, to."""

BATCH = 500


def add_sold_out_time(spans: Sequence[Span]) -> None:
    """Add spans to their days; one statement. The caller holds the stock rows, so no span is added twice."""
    totals: dict[tuple[int, str], int] = {}
    for stock_id, start, end in spans:
        for day, seconds in seconds_by_day(start, end).items():
            key = (stock_id, day.isoformat())
            totals[key] = totals.get(key, 0) + seconds
    if not totals:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_soldoutday (stock_id, day, seconds)"
            " SELECT * FROM unnest(%s::bigint[], %s::date[], %s::int[])"
            " ON CONFLICT (stock_id, day) DO UPDATE"
            " SET seconds = least(86400, catalog_soldoutday.seconds + excluded.seconds)",
            [[key[0] for key in totals], [key[1] for key in totals], list(totals.values())],
        )


@in_transaction
def count_sold_out_batch(*, until: datetime | None = None) -> int:
    """Write down the time up to ``until`` (now) of rows that are still sold out; return how many rows.

    Claims at most ``BATCH`` rows that nobody else holds. Rows counted to ``until`` already are left alone.
    """
    moment = until or clock.now()
    due = Stock.objects.filter(sold_out_since__isnull=False).filter(
        Q(sold_out_counted_to__lt=moment) | Q(sold_out_counted_to__isnull=True)
    )
    rows = claim_rows(due.order_by("sold_out_counted_to", "pk"), limit=BATCH)
    add_sold_out_time(
        [
            (row.pk, row.sold_out_counted_to or row.sold_out_since, moment)
            for row in rows
            if row.sold_out_since is not None
        ]
    )
    Stock.objects.filter(pk__in=[row.pk for row in rows]).update(sold_out_counted_to=moment)
    return len(rows)
