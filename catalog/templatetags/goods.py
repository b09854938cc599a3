"""Money, specifications and pictures in the templates of goods and stock."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from catalog.badges import alert_badge
from catalog.models import Media, Sku, Stock
from catalog.queries.editing import spec_text
from catalog.queries.images import rendition_url
from shop.core.console.columns import money_html

register = template.Library()


@register.filter
def yuan(fen: int | None) -> SafeString:
    """Return an amount in yuan; a dash for none."""
    return money_html(fen)


@register.filter
def spec(sku: Sku) -> str:
    """Return a SKU's specification in the order of its product, which has to be read already."""
    return spec_text(sku.spec, sku.product.spec_names)


@register.filter
def picture(media: Media | None) -> str:
    """Return the address of a picture's smaller rendition; empty when there is none."""
    return rendition_url(str(media.file.name), media.renditions) if media else ""


@register.filter
def alert(stock: Stock) -> SafeString:
    """Return how short a stock is now."""
    return alert_badge(stock)


@register.simple_tag(takes_context=True)
def with_query(context: dict[str, Any], **changes: Any) -> str:
    """Return the page's query string with some parameters changed; an empty value takes one away."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"
