"""What the catalog's endpoints read and show."""

import math
import re
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.search import MAX_QUERY
from shop.core.api import fields
from shop.core.api.pagination import CursorQuery
from shop.core.api.serializers import StrictQuery, StrictSerializer

_DEGREES = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{1,15})?", re.ASCII)


@extend_schema_field(OpenApiTypes.DOUBLE)
class DegreesField(serializers.Field):
    """A coordinate of a query, in degrees, such as ``31.2304``."""

    default_error_messages = {
        "invalid": _("A number of degrees is required."),
        "out_of_range": _("This is not on Earth."),
    }

    def __init__(self, *, limit: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.limit = limit

    def to_internal_value(self, data: Any) -> float:
        """Return degrees, or refuse with code ``invalid`` or ``out_of_range``."""
        if not isinstance(data, str) or not _DEGREES.fullmatch(data):
            self.fail("invalid")
        degrees = float(data)
        if not math.isfinite(degrees) or abs(degrees) > self.limit:
            self.fail("out_of_range")
        return degrees

    def to_representation(self, value: Any) -> float:
        """Return the number as it is."""
        return float(value)


class StoresQuery(CursorQuery):
    """``lat`` and ``lng`` (GCJ-02 degrees) sort by distance; ``product`` keeps stores that have some."""

    lat = DegreesField(limit=90, required=False)
    lng = DegreesField(limit=180, required=False)
    product = fields.IdField(required=False)


class SuggestionsQuery(StrictQuery):
    """``q``: what has been typed so far."""

    q = fields.CharField(required=False, default="", max_length=MAX_QUERY, allow_blank=True)


class CategoryBody(StrictSerializer):
    """A category with all below it."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(read_only=True)
    image = serializers.CharField(read_only=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields; ``children`` are described as objects of the same shape."""
        return {**super().get_fields(), "children": ChildrenField(read_only=True)}


@extend_schema_field(
    {"type": "array", "items": {"type": "object"}, "description": "Categories below, of the same shape."}
)
class ChildrenField(serializers.Field):
    """The categories below one."""

    def to_representation(self, value: Any) -> Any:
        """Return the list as it is."""
        return value


class StoreBody(StrictSerializer):
    """A store; ``distance`` in metres, null when no coordinates were sent."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(read_only=True)
    phone = serializers.CharField(read_only=True)
    province = serializers.CharField(read_only=True)
    city = serializers.CharField(read_only=True)
    district = serializers.CharField(read_only=True)
    detail = serializers.CharField(read_only=True)
    latitude = serializers.FloatField(read_only=True)
    longitude = serializers.FloatField(read_only=True)
    opening_hours = serializers.CharField(read_only=True)
    distance = serializers.IntegerField(read_only=True, allow_null=True)


class CategoriesBody(StrictSerializer):
    """The tree; always complete."""

    results = CategoryBody(many=True, read_only=True)
    next = serializers.CharField(read_only=True, allow_null=True)
    previous = serializers.CharField(read_only=True, allow_null=True)


class WordsBody(StrictSerializer):
    """Search texts, the likeliest first; always complete."""

    results = serializers.ListField(child=serializers.CharField(), read_only=True)
    next = serializers.CharField(read_only=True, allow_null=True)
    previous = serializers.CharField(read_only=True, allow_null=True)
