"""Finding SKUs while goods are scanned or lists are pasted."""

from typing import Any

from django.http import HttpRequest

from catalog.admin.stock.cells import sku_words
from catalog.permissions import SEE_STOCK
from catalog.queries.console import skus_at, skus_by_codes, skus_for_stock
from shop.core.console import actor_of
from shop.core.console.answers import answers_json, sent_json
from shop.core.console.reading import InputReader
from shop.core.permissions import require

FOUND = 12


@answers_json
def lookup(request: HttpRequest) -> dict[str, Any]:
    """Return SKUs for a search text (GET ``q``) or for exact codes and barcodes (POST ``codes``).

    Each row names the SKU and says what lies at ``location``; ``missing`` holds the codes nobody knows.
    """
    require(actor_of(request), SEE_STOCK)
    if request.method == "POST":
        reader = InputReader(sent_json(request))
        found, missing = skus_by_codes(reader.texts("codes"))
        return {"rows": rows_at(list(found.values()), reader.reference("location")), "missing": missing}
    text = request.GET.get("q", "").strip()
    place = request.GET.get("location", "")
    location_id = int(place) if place.isascii() and place.isdigit() and len(place) < 19 else None
    exact, _missing = skus_by_codes([text]) if text else ({}, [])
    skus = list(exact.values()) or list(skus_for_stock(text)[:FOUND])
    return {"rows": rows_at(skus, location_id), "exact": bool(exact)}


def rows_at(skus: list[Any], location_id: int | None) -> list[dict[str, Any]]:
    """Return SKUs with the pieces on hand and reserved at a location (the default one for ``None``)."""
    here = skus_at([sku.pk for sku in skus], location_id)
    empty = {"on_hand": 0, "reserved": 0}
    return [{**sku_words(sku), **here.get(sku.pk, empty)} for sku in skus]
