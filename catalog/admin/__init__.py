"""The catalog's console pages."""

from catalog.admin import workbook

__all__ = ["workbook"]
