"""Stores, the nearest first."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, F, FloatField, IntegerField, OuterRef, Q, QuerySet, Value
from django.db.models.functions import ASin, Cast, Cos, Least, Power, Radians, Sin, Sqrt

from catalog.models import Stock, Store

EARTH_RADIUS_M = 6_371_000


def stores_by_distance(
    *, latitude: float | None = None, longitude: float | None = None, product_id: int | None = None
) -> tuple[QuerySet[Store, dict[str, Any]], tuple[str, ...]]:
    """Return open stores as dictionaries and the order for ``paginate``.

    With coordinates (degrees, GCJ-02): ``distance`` in whole metres along the great circle, the nearest
    first; without: in the merchant's order, ``distance`` NULL. ``product_id`` keeps stores whose own location
    has something of that product.
    """
    stores = Store.objects.filter(is_open=True)
    if product_id is not None:
        here = Stock.objects.filter(
            location__store=OuterRef("pk"), sku__product=product_id, sku__is_active=True
        ).filter(Q(on_hand__gt=F("reserved")))
        stores = stores.filter(Exists(here))
    columns = ("id", "name", "phone", "province", "city", "district", "detail", "opening_hours", "position")
    if latitude is None or longitude is None:
        rows = stores.annotate(distance=Value(None, output_field=IntegerField()))
        order: tuple[str, ...] = ("position", "id")
    else:
        rows = stores.annotate(distance=_distance(latitude, longitude))
        order = ("distance", "id")
    return rows.order_by(*order).values(*columns, "latitude", "longitude", "distance"), order


def stored(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of ``stores_by_distance`` as the API shows it."""
    shown = {key: value for key, value in row.items() if key != "position"}
    return {**shown, "latitude": float(row["latitude"]), "longitude": float(row["longitude"])}


def _distance(latitude: float, longitude: float) -> Cast:
    """Return the haversine formula in SQL; rounded, so that a cursor can name a distance exactly."""
    here, there = Radians(Value(latitude)), Radians(Cast("latitude", FloatField()))
    half_across = Radians(Cast("longitude", FloatField()) - Value(longitude)) / 2
    half_up = (there - here) / 2
    chord = Power(Sin(half_up), 2) + Cos(here) * Cos(there) * Power(Sin(half_across), 2)
    return Cast(ASin(Sqrt(Least(chord, Value(1.0)))) * 2 * EARTH_RADIUS_M, IntegerField())
