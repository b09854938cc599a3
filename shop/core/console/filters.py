"""Filters that every list may use."""

from datetime import datetime, time, timedelta

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import RangeDateFilter

from shop.core import clock


class DayRangeFilter(RangeDateFilter):
    """From one Beijing day to another, both included, of a date-and-time column; either may be left out."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Keep what lies in the range; what is no date finds nothing."""
        name = self.parameter_name
        first, last = (self.used_parameters.get(f"{name}_{side}") for side in ("from", "to"))
        try:
            if first:
                queryset = queryset.filter(**{f"{name}__gte": _start_of(first)})
            if last:
                queryset = queryset.filter(**{f"{name}__lt": _start_of(last) + timedelta(days=1)})
        except (ValueError, OverflowError):
            return queryset.none()
        return queryset


def _start_of(day: str) -> datetime:
    return datetime.combine(datetime.fromisoformat(day).date(), time(), tzinfo=clock.BEIJING)
