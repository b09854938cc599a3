"""Filters that every list may use."""

from datetime import datetime, time, timedelta

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import RangeDateFilter, RangeNumericFilter

from shop.core import clock
from shop.core.money import parse_yuan


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


class YuanRangeFilter(RangeNumericFilter):
    """From one amount to another, both included and typed in yuan, of a column that counts in fen."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Keep what lies in the range; what is no amount finds nothing."""
        name = self.parameter_name
        least, most = (self.used_parameters.get(f"{name}_{side}") for side in ("from", "to"))
        try:
            if least:
                queryset = queryset.filter(**{f"{name}__gte": parse_yuan(least)})
            if most:
                queryset = queryset.filter(**{f"{name}__lte": parse_yuan(most)})
        except ValueError:
            return queryset.none()
        return queryset


def _start_of(day: str) -> datetime:
    return datetime.combine(datetime.fromisoformat(day).date(), time(), tzinfo=clock.BEIJING)
