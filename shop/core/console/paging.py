"""Pages of lists that grow for ever: counting stops where nobody leafs any more."""

from typing import Final

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

COUNTED: Final = 3000
"""So many rows, the newest, can be leafed through; older ones are found by search and filters."""


class BoundedPaginator(Paginator):
    """A paginator that never counts more than ``COUNTED`` rows, however large the table is."""

    @cached_property
    def count(self) -> int:
        """Return how many rows there are, up to the limit."""
        rows = self.object_list
        return rows.order_by()[:COUNTED].count() if isinstance(rows, QuerySet) else len(rows)
