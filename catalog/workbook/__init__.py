"""The goods workbook: products in and out as one xlsx file. ``docs/import.md`` describes it for merchants."""
