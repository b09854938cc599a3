"""What storefront reads can be asked."""

import re
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers

from catalog.queries import ProductFilters
from catalog.queries.listing import SORTS
from catalog.search import MAX_QUERY
from shop.core.api import fields
from shop.core.api.pagination import CursorQuery
from shop.core.api.serializers import StrictQuery

_ATTRIBUTE = re.compile(r"attr\[([^\x00\[\]]{1,30})\]")
MAX_ATTRIBUTES = 10
MAX_VALUES = 10
MAX_VALUE = 60

ATTRIBUTES = OpenApiParameter(
    name="attr",
    location=OpenApiParameter.QUERY,
    style="deepObject",
    explode=True,
    type={
        "type": "object",
        "maxProperties": MAX_ATTRIBUTES,
        "propertyNames": {"pattern": r"^[^\u0000\[\]]{1,30}$"},
        "additionalProperties": {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_VALUE,
            "pattern": r"^[^\u0000]*[^\u0000\s][^\u0000]*$",
        },
    },
    description="`attr[产地]=福建`; the same attribute given again widens it: any of its values matches.",
)


@extend_schema_field({"type": "string", "maxLength": MAX_QUERY})
class WordsField(fields.CharField):
    """A search text; nothing typed is no search."""


class ProductsQuery(CursorQuery):
    """Filters, order and page of a product list. Prices in fen, both ends included."""

    category = fields.IdField(required=False)
    q = WordsField(required=False, max_length=MAX_QUERY, allow_blank=True)
    tag = fields.IdField(required=False)
    brand = fields.IdField(required=False)
    min_price = fields.FenField(required=False)
    max_price = fields.FenField(required=False)
    in_stock = fields.BooleanField(required=False)
    sort = fields.ChoiceField(choices=list(SORTS), required=False, default="default")

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the values with ``attr[...]`` gathered under ``attributes``."""
        wanted: dict[str, list[str]] = {}
        rest = QueryDict(mutable=True)
        for name, values in data.lists():
            attribute = _ATTRIBUTE.fullmatch(name)
            if attribute is None:
                rest.setlist(name, values)
            else:
                wanted[attribute[1]] = values
        values = super().to_internal_value(rest)
        return {**values, "attributes": _attributes(wanted)}


class LimitQuery(StrictQuery):
    """How many."""

    limit = fields.IntegerField(min_value=1, max_value=30, default=12)


def filters_of(query: dict[str, Any]) -> ProductFilters:
    """Return what a validated ``ProductsQuery`` narrows the list to."""
    return ProductFilters(
        category=query.get("category"),
        q=query.get("q", ""),
        tag=query.get("tag"),
        brand=query.get("brand"),
        attributes=query["attributes"],
        min_price=query.get("min_price"),
        max_price=query.get("max_price"),
        in_stock=query.get("in_stock", False),
    )


def _attributes(wanted: dict[str, list[str]]) -> dict[str, list[str]]:
    if len(wanted) > MAX_ATTRIBUTES:
        raise serializers.ValidationError({"attr": [_refusal(_("At most 10 attributes."), "max_length")]})
    value = fields.CharField(max_length=MAX_VALUE)
    cleaned: dict[str, list[str]] = {}
    for name, values in wanted.items():
        path = f"attr[{name}]"
        if len(values) > MAX_VALUES:
            raise serializers.ValidationError({path: [_refusal(_("At most 10 values."), "max_length")]})
        try:
            cleaned[name] = [value.run_validation(text) for text in values]
        except serializers.ValidationError as error:
            raise serializers.ValidationError({path: error.detail}) from error
    return cleaned


def _refusal(text: str, code: str) -> serializers.ErrorDetail:
    return serializers.ErrorDetail(text, code=code)
