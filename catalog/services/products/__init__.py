"""Writes of products: editing, prices, on and off sale, recycle bin."""

from catalog.rules.products import ProductFields, SkuFields
from catalog.services.products.copying import copy_product
from catalog.services.products.editing import create_product, product_fields, sku_fields, update_product
from catalog.services.products.listing import (
    delete_product,
    restore_product,
    run_schedules_batch,
    set_product_state,
)
from catalog.services.products.prices import PriceUpdate, add_sales, change_price

__all__ = [
    "PriceUpdate",
    "ProductFields",
    "SkuFields",
    "add_sales",
    "change_price",
    "copy_product",
    "create_product",
    "delete_product",
    "product_fields",
    "restore_product",
    "run_schedules_batch",
    "set_product_state",
    "sku_fields",
    "update_product",
]
