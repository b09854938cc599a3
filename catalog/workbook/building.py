"""From a wanted product to what the catalog's services take."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from catalog.rules.products import ProductFields, SkuFields
from catalog.services.products import sku_fields
from catalog.workbook.names import Names
from catalog.workbook.wanted import WantedProduct, WantedSku

_UNKNOWN = 0


def build_fields(
    product: WantedProduct, names: Names | None = None, media_ids: tuple[int, ...] = ()
) -> ProductFields:
    """Return the product's fields; without ``names`` only good for the rules, which look up nothing."""
    values = product.values
    present = product.present.product if product.present else None
    known = names or Names()
    category = known.categories.get(tuple(values["category"]), _UNKNOWN)
    return ProductFields(
        title=values.get("title") or "",
        category_id=present.category_id if present and not product.changes_category else category,
        subtitle=values["subtitle"],
        brand_id=known.brands.get(values["brand"]),
        tag_ids=tuple(known.tags[name] for name in values["tags"] if name in known.tags),
        promise_ids=tuple(known.promises[name] for name in values["promises"] if name in known.promises),
        freight_template_id=known.freight.get(values["freight_template"]),
        detail=values["detail"],
        attributes=dict(values["attributes"]),
        spec_names=spec_names(product),
        min_quantity=values["min_quantity"],
        limit_per_order=values.get("limit_per_order"),
        limit_per_member=values.get("limit_per_member"),
        is_virtual=values["is_virtual"],
        no_reason_return=values["no_reason_return"],
        position=values["position"],
        on_sale_at=_moment(values.get("on_sale_at")),
        off_sale_at=_moment(values.get("off_sale_at")),
        media_ids=media_ids,
        code=product.draft.code,
    )


def spec_names(product: WantedProduct) -> tuple[str, ...]:
    """Return the order of specifications: that of the first active row with some, else the present one."""
    for sku in product.skus:
        if sku.values["is_active"] and sku.values["spec"]:
            return tuple(name for name, _value in sku.values["spec"])
    return tuple(product.present.product.spec_names) if product.present else ()


def build_skus(
    product: WantedProduct, images: Mapping[int, int | None] | None = None
) -> tuple[list[SkuFields], list[int]]:
    """Return the product's active SKUs and the row of each (0: not in the workbook).

    SKUs that the workbook does not name stay as they are; ones that it makes inactive are left out.
    ``images`` gives the picture of a row.
    """
    rows = {sku.values.get("sku_code"): sku for sku in product.skus}
    built: list[SkuFields] = []
    places: list[int] = []
    named = set()
    for known in product.present.skus if product.present else ():
        wanted = rows.get(known.code)
        if wanted is None and known.is_active:
            built.append(sku_fields(known))
            places.append(0)
        elif wanted is not None:
            named.add(known.code)
            if wanted.values["is_active"]:
                built.append(_sku(wanted, known.image_id, images))
                places.append(wanted.row)
    for sku in product.skus:
        if sku.values.get("sku_code") not in named:
            built.append(_sku(sku, None, images))
            places.append(sku.row)
    return built, places


def _sku(wanted: WantedSku, image_id: int | None, images: Mapping[int, int | None] | None) -> SkuFields:
    values: dict[str, Any] = wanted.values
    fields = SkuFields(
        code=values.get("sku_code") or "",
        price=values.get("price") or 0,
        spec=dict(values["spec"]),
        market_price=values.get("market_price"),
        cost=values.get("cost"),
        weight_g=values["weight_g"],
        volume_cm3=values["volume_cm3"],
        barcode=values["barcode"],
        image_id=image_id,
        is_active=True,
    )
    if images is not None and wanted.row in images:
        return replace(fields, image_id=images[wanted.row])
    return fields


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
