"""How stock pages show a SKU, a figure and an alert."""

from typing import Any

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.models import Sku
from catalog.queries.editing import spec_text
from catalog.queries.images import rendition_url

ROW_RELATIONS = ("sku__product__cover", "sku__image", "location")
LONG_COLUMNS = ("sku__product__detail", "sku__product__search", "sku__product__attributes")


def sku_cell(sku: Sku, link: str = "") -> SafeString:
    """Return picture, title, specification and code of a SKU; its product, cover and image are read."""
    return render_to_string("catalog/console/sku_cell.html", {**sku_words(sku), "link": link})


def sku_words(sku: Sku) -> dict[str, Any]:
    """Return what names a SKU to people."""
    image = sku.image or sku.product.cover
    return {
        "sku": sku.pk,
        "code": sku.code,
        "barcode": sku.barcode,
        "title": sku.product.title,
        "spec": spec_text(sku.spec, sku.product.spec_names),
        "picture": rendition_url(image.file.name, image.renditions) if image else "",
    }


def signed(number: int) -> SafeString:
    """Return a change in pieces with its sign; a dash for none."""
    if not number:
        return format_html('<span class="console-subtle">{}</span>', "-")
    css = "goods-change goods-change--up" if number > 0 else "goods-change goods-change--down"
    return format_html('<span class="{}">{}</span>', css, f"{number:+d}")
