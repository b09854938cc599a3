"""Goods and stock in the console; Django imports it when the site is assembled."""

from catalog.admin.products import listing as products

__all__ = ["products"]
