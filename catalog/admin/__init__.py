"""Goods and stock in the console; Django imports it when the site is assembled."""

from catalog.admin import workbook
from catalog.admin.products import listing as products
from catalog.admin.stock import listing as stock
from catalog.admin.stock import movements, paper, replenishment
from catalog.admin.taxonomy import categories, names, places

__all__ = [
    "categories",
    "movements",
    "names",
    "paper",
    "places",
    "products",
    "replenishment",
    "stock",
    "workbook",
]
