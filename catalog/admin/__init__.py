"""Goods and stock in the console; Django imports it when the site is assembled."""

from catalog.admin.products import listing as products
from catalog.admin.stock import listing as stock
from catalog.admin.stock import movements, paper

__all__ = ["movements", "paper", "products", "stock"]
