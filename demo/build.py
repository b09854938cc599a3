"""``python -m demo.build``: write ``demo/goods.xlsx`` and ``demo/pictures`` from ``demo/source``.

The same source gives the same workbook, byte for byte; pictures are the same as long as Pillow is.
"""

import argparse
import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import translation

from catalog.workbook.columns import BRANDS, CATEGORIES, PRODUCTS, STORE_STOCK, STORES
from demo.pictures import brand_picture, category_picture, write_pictures
from demo.source import FOLDER, ProductSource, load_categories, load_products, load_shop
from shop.core.sheets.columns import Sheet
from shop.core.sheets.writing import WorkbookWriter

WORKBOOK = FOLDER / "goods.xlsx"
_STAMP = (2026, 1, 1, 0, 0, 0)
_MOMENT = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")
Row = Mapping[str, Any]


def write_workbook(path: Path = WORKBOOK) -> None:
    """Write the workbook, with Chinese headings."""
    writer = WorkbookWriter()
    with translation.override("zh-hans"):
        _write(writer, PRODUCTS, list(product_rows()))
        _write(writer, CATEGORIES, list(category_rows()))
        _write(writer, BRANDS, list(brand_rows()))
        _write(writer, STORES, list(store_rows()))
        _write(writer, STORE_STOCK, list(store_stock_rows()))
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "goods.xlsx"
        writer.save(raw)
        _settle(raw, path)


def product_rows() -> Iterator[Row]:
    """Yield one row per SKU; what belongs to the product stands in its first row."""
    for product in load_products():
        for place, sku in enumerate(product.skus):
            yield {
                "product_code": product.code,
                **(_product_cells(product) if place == 0 else {}),
                "sku_code": sku.code,
                "spec": list(sku.spec.items()),
                "price": _fen(sku.price),
                "market_price": None if sku.market_price is None else _fen(sku.market_price),
                "cost": _fen(sku.cost),
                "weight_g": sku.weight,
                "volume_cm3": sku.volume,
                "barcode": sku.barcode,
                "stock": sku.stock,
                "sku_image": [sku.picture] if sku.picture else [],
            }


def category_rows() -> Iterator[Row]:
    """Yield the categories, parents first."""
    seen: set[str] = set()
    for number, category in enumerate(load_categories(), start=1):
        top = category.path.split("/")[0]
        if top not in seen:
            seen.add(top)
            yield {"path": [top], "position": len(seen), "image": [category_picture(number)]}
        yield {
            "path": category.path.split("/"),
            "position": number,
            "image": [category_picture(number)],
            "warning_level": category.warning,
            "safety_level": category.safety,
        }


def brand_rows() -> Iterator[Row]:
    """Yield the brands."""
    for number, brand in enumerate(load_shop()["brand"], start=1):
        yield {
            "name": brand["name"],
            "logo": [brand_picture(number)],
            "story": brand["story"],
            "position": number,
        }


def store_rows() -> Iterator[Row]:
    """Yield the stores, each with a stock location of its own."""
    for number, store in enumerate(load_shop()["store"], start=1):
        yield {
            **{key: store[key] for key in ("name", "phone", "province", "city", "district", "detail")},
            "latitude": store["latitude"],
            "longitude": store["longitude"],
            "opening_hours": store["hours"],
            "is_open": True,
            "position": number,
            "location": f"{store['name']}库房",
        }


def store_stock_rows() -> Iterator[Row]:
    """Yield what lies in the stores: a little of every third product that one can carry home."""
    products = [product for product in load_products() if not product.values["is_virtual"]]
    for number, store in enumerate(load_shop()["store"]):
        for product in products[number::3]:
            for place, sku in enumerate(product.skus[:2]):
                yield {
                    "store": store["name"],
                    "sku_code": sku.code,
                    "stock": 4 + (number * 7 + place * 5) % 13,
                }


def _product_cells(product: ProductSource) -> Row:
    values = dict(product.values)
    values["category"] = product.category.split("/")
    values["attributes"] = list(values["attributes"].items())
    return {
        **{key: value for key, value in values.items() if value is not None},
        "images": [picture.name for picture in product.pictures],
        "detail": product.detail,
        "state": "on_sale",
    }


def _fen(yuan: Any) -> int:
    return int(yuan * 100)


def _write(writer: WorkbookWriter, sheet: Sheet, rows: list[Row]) -> None:
    used = {key for row in rows for key in row}
    writer.open_sheet(sheet, columns=[column.key for column in sheet.columns if column.key in used])
    for row in rows:
        writer.add_row(row)


def _settle(raw: Path, path: Path) -> None:
    """Copy the workbook without the moments at which it was made."""
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist()):
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _MOMENT.sub(rb"\g<1>2026-01-01T00:00:00Z", content)
            target.writestr(zipfile.ZipInfo(name, _STAMP), content, zipfile.ZIP_DEFLATED)


def main() -> None:
    """Build what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workbook-only", action="store_true", help="leave the pictures as they are")
    options = parser.parse_args()
    if not settings.configured:
        settings.configure(USE_I18N=False, LANGUAGE_CODE="zh-hans")
    write_workbook()
    if not options.workbook_only:
        write_pictures()


if __name__ == "__main__":
    main()
