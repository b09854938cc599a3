"""Writing the goods workbook: products as the import reads them, so that export and import change nothing."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy

from catalog.models import Category, Product
from catalog.permissions import EXPORT_GOODS, SEE_COST
from catalog.workbook.columns import BRANDS, CATEGORIES, PRODUCTS, STORE_STOCK, STORES
from catalog.workbook.places import present_values, store_stock_values
from catalog.workbook.present import Present, load_present, product_values, sku_values
from shop.core import clock
from shop.core.errors import NotFound
from shop.core.models.sheets import SheetRun
from shop.core.permissions import allowed
from shop.core.sheets.kinds import Progress
from shop.core.sheets.writing import WorkbookWriter, parts_needed

CHUNK = 200
_SURELY_FITS = 4_000
"""Characters that fit into one cell even when every one is encoded."""


class GoodsExport:
    """Products that are not in the recycle bin, filtered as the run's options say.

    ``category`` (id, with all below), ``state`` and ``ids``; without any, the other sheets are written too.
    Only active SKUs are written.
    """

    permission = EXPORT_GOODS
    title = gettext_lazy("Export of goods")

    def file_name(self, run: SheetRun) -> str:
        """Return for example ``goods-20261101-1030.xlsx``."""
        return f"goods-{clock.now().astimezone(clock.BEIJING):%Y%m%d-%H%M}.xlsx"

    def export(self, run: SheetRun, path: Path, progress: Progress) -> int:
        """Write the workbook; return how many products it holds."""
        ids = list(selected(run.options).values_list("pk", flat=True))
        columns = [column.key for column in PRODUCTS.columns]
        if not allowed(run.actor, SEE_COST):
            columns.remove("cost")
        writer = WorkbookWriter()
        writer.open_sheet(PRODUCTS, columns=columns, parts={"detail": _detail_parts(ids)})
        for start in range(0, len(ids), CHUNK):
            progress(start, len(ids))
            chunk = ids[start : start + CHUNK]
            present = load_present(chunk)
            for pk in chunk:
                if pk in present:
                    for row in _rows(present[pk]):
                        writer.add_row(row)
        if not _filters(run.options):
            _write_other_sheets(writer)
        writer.save(path)
        return len(ids)


def selected(options: Any) -> QuerySet[Product]:
    """Return the products that the options name, in the order of the console's list: newest last.

    Raises ``NotFound`` for a category that does not exist.
    """
    products = Product.objects.filter(is_deleted=False).order_by("pk")
    if options.get("category"):
        category = Category.objects.filter(pk=options["category"]).first()
        if category is None:
            raise NotFound
        products = products.filter(category__path__startswith=category.path)
    if options.get("state"):
        products = products.filter(state=options["state"])
    if options.get("ids"):
        products = products.filter(pk__in=options["ids"])
    return products


def _filters(options: Any) -> bool:
    return any(options.get(name) for name in ("category", "state", "ids"))


def _rows(present: Present) -> Iterator[dict[str, Any]]:
    shared = product_values(present)
    active = [sku for sku in present.skus if sku.is_active]
    for place, sku in enumerate(active):
        # What belongs to the product stands in its first row only: shorter, and one place to change it.
        own = {"product_code": shared["product_code"], "title": shared["title"]} if place else shared
        yield {**own, **sku_values(present, sku)}


def _detail_parts(ids: Sequence[int]) -> int:
    """Return in how many cells the longest detail must be continued."""
    most = 1
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        sized = Product.objects.filter(pk__in=chunk).annotate(size=Length("detail"))
        long = sized.filter(size__gt=_SURELY_FITS)
        most = max([most, *(parts_needed(text) for text in long.values_list("detail", flat=True))])
    return most


def _write_other_sheets(writer: WorkbookWriter) -> None:
    for sheet in (CATEGORIES, BRANDS, STORES):
        writer.open_sheet(sheet, columns=[column.key for column in sheet.columns])
        for row in present_values(sheet).values():
            writer.add_row(row)
    writer.open_sheet(STORE_STOCK, columns=[column.key for column in STORE_STOCK.columns])
    for row in store_stock_values():
        writer.add_row(row)
