"""Columns of the product list."""

from typing import Any

from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Product
from catalog.queries.images import rendition_url
from catalog.rules.wording import check_wording
from shop.core.console.columns import badge_html, money_html

_STATES = {"draft": "neutral", "on_sale": "success", "off_sale": "warning"}


@admin.display(description=gettext_lazy("Product"))
def product_cell(product: Any) -> SafeString:
    """Show picture, title, subtitle and number, with a mark when the words are doubtful."""
    cover = product.cover
    words = check_wording({"title": product.title, "subtitle": product.subtitle})
    return render_to_string(
        "catalog/console/product_cell.html",
        {
            "product": product,
            "picture": rendition_url(cover.file.name, cover.renditions) if cover else "",
            "words": "、".join(dict.fromkeys(found.word for found in words)),
        },
    )


@admin.display(description=gettext_lazy("Price"), ordering="min_price")
def prices(product: Any) -> SafeString:
    """Show the price or the range of prices."""
    if product.min_price == product.max_price:
        return money_html(product.min_price)
    return format_html("<span>{} – {}</span>", money_html(product.min_price), money_html(product.max_price))


@admin.display(description=gettext_lazy("Stock"))
def stock(product: Any) -> SafeString:
    """Show the available pieces of all active SKUs at all locations."""
    css = "goods-figure goods-figure--none" if product.free <= 0 else "goods-figure"
    return format_html('<span class="{}">{}</span>', css, product.free)


@admin.display(description=gettext_lazy("State"))
def state(product: Product) -> SafeString:
    """Show the state and, below it, what the schedule will do."""
    badge = badge_html(product.get_state_display(), _STATES[product.state])
    if product.is_deleted:
        badge = badge_html(_("in the recycle bin"), "danger")
    moments = [
        text % {"time": _short(moment)}
        for text, moment in (
            (_("on sale %(time)s"), product.on_sale_at),
            (_("off sale %(time)s"), product.off_sale_at),
        )
        if moment is not None
    ]
    lines = format_html('<div class="console-subtle">{}</div>', " · ".join(moments)) if moments else ""
    return format_html("{}{}", badge, lines)


def _short(moment: Any) -> str:
    from django.utils import timezone

    from shop.core.clock import BEIJING

    return timezone.localtime(moment, BEIJING).strftime("%m-%d %H:%M")
