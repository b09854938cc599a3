"""What a product shall be once a workbook is applied, and in which cells that differs from what it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.rules.html import clean_detail
from catalog.workbook.columns import PRODUCTS
from catalog.workbook.drafts import Draft
from catalog.workbook.names import Wanted
from catalog.workbook.pictures import Locator
from catalog.workbook.present import Present, product_values, sku_values
from shop.core.sheets.cells import Value, as_text
from shop.core.sheets.kinds import Difference

KEPT_WHEN_EMPTY = frozenset(
    {
        "title",
        "category",
        "price",
        "state",
        "stock",
        "spec",
        "images",
        "detail_images",
        "sku_image",
    }
)
"""An empty cell in these columns changes nothing; in all others it empties the field."""

PICTURES = {"images", "detail_images", "sku_image"}

_EMPTY: dict[str, Value] = {
    "subtitle": "",
    "brand": "",
    "detail": "",
    "freight_template": "",
    "barcode": "",
    "category": [],
    "tags": [],
    "images": [],
    "detail_images": [],
    "sku_image": [],
    "attributes": [],
    "promises": [],
    "spec": [],
    "min_quantity": 1,
    "is_virtual": False,
    "no_reason_return": True,
    "position": 0,
    "weight_g": 0,
    "volume_cm3": 0,
    "stock": 0,
    "is_active": True,
    "state": "draft",
}
"""What an empty cell means; ``None`` for columns that are not here."""

Values = dict[str, Value]


@dataclass
class WantedSku:
    """One row: what the SKU shall be, and what it is (``None``: new)."""

    row: int
    values: Values
    present: Values | None


@dataclass
class WantedProduct:
    """The product as it shall be. ``pictures`` tells where each named picture is."""

    draft: Draft
    present: Present | None
    values: Values
    before: Values | None
    skus: list[WantedSku]
    pictures: Mapping[str, Locator]
    differences: list[Difference] = field(default_factory=list)

    @property
    def names(self) -> Wanted:
        """Return the names that the product needs."""
        return Wanted(
            categories={tuple(self.values["category"])} - {()},
            brands={self.values["brand"]} - {""},
            tags=set(self.values["tags"]),
            promises=set(self.values["promises"]),
            attributes={name for name, _value in self.values["attributes"]},
        )

    @property
    def changes_category(self) -> bool:
        """Return whether the category is another one: a second category of the same path stays."""
        return self.before is None or self.values["category"] != self.before["category"]


def want(
    draft: Draft, present: Present | None, pictures: Mapping[str, Locator], *, with_stock: bool
) -> WantedProduct:
    """Lay the cells of a draft over the product as it is."""
    before = product_values(present) if present else None
    values = _overlay(before, draft.product)
    values["detail"] = clean_detail(values["detail"]) if draft.product.get("detail") else values["detail"]
    skus = []
    for cells in draft.skus:
        known = present.by_code.get(str(cells.get("sku_code") or "")) if present else None
        current = sku_values(present, known) if present and known else None
        given = {key: value for key, value in cells.items() if key != "row"}
        if not with_stock:
            given.pop("stock", None)
        skus.append(WantedSku(int(cells["row"]), _overlay(current, given), current))
    product = WantedProduct(draft, present, values, before, skus, pictures)
    product.differences = _differences(product)
    return product


def _overlay(current: Mapping[str, Value] | None, cells: Mapping[str, Value]) -> Values:
    """Return values with the cells laid over what is, or over nothing."""
    values = {**_EMPTY, **(current or {})}
    for key, value in cells.items():
        if value is not None:
            values[key] = value
        elif current is None or key not in KEPT_WHEN_EMPTY:
            values[key] = _EMPTY.get(key)
    return values


def _differences(product: WantedProduct) -> list[Difference]:
    if product.present is None or product.before is None:
        return []
    found = []
    for key in product.draft.product:
        if not _same(product, key, product.before.get(key), product.values.get(key)):
            found.append(
                _difference(key, product.draft.row, product.before.get(key), product.values.get(key))
            )
    code = product.present.product.code
    if product.draft.code and code != product.draft.code:
        found.append(_difference("product_code", product.draft.row, code, product.draft.code))
    for sku in product.skus:
        found += _sku_differences(product, sku)
    return found


def _sku_differences(product: WantedProduct, sku: WantedSku) -> list[Difference]:
    if sku.present is None:
        return [_difference("sku_code", sku.row, None, sku.values.get("sku_code"))]
    if not sku.values["is_active"] and not sku.present["is_active"]:
        return []
    keys = (key for key in product.draft.skus[product.skus.index(sku)] if key not in ("row", "sku_code"))
    return [
        _difference(key, sku.row, sku.present.get(key), sku.values.get(key))
        for key in keys
        if not _same(product, key, sku.present.get(key), sku.values.get(key))
    ]


def _difference(key: str, row: int, before: Value, after: Value) -> Difference:
    column = PRODUCTS.column(key)
    return Difference(PRODUCTS.key, key, row, as_text(column, before), as_text(column, after))


_COMPARED: dict[str, Callable[[Any], Any]] = {
    "tags": set,
    "promises": set,
    "attributes": dict,
    "detail": str.strip,
}


def _same(product: WantedProduct, key: str, before: Value, after: Value) -> bool:
    if key in PICTURES:
        return _digests(product, before) == _digests(product, after)
    compared = _COMPARED.get(key)
    return bool(before == after if compared is None else compared(before) == compared(after))


def _digests(product: WantedProduct, names: list[str]) -> list[str]:
    """Return what tells pictures apart: their bytes, or their names where those are not known."""
    return [product.pictures[name]["sha256"] if name in product.pictures else name for name in names]
