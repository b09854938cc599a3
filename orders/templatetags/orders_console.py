"""How the order pages show pictures, specifications, carriers and money."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from orders import showing
from orders.carriers import carrier_name
from shop.core.console.columns import money_html

register = template.Library()


@register.simple_tag
def picture(url: str) -> SafeString:
    """Return a small picture, or an empty frame."""
    return showing.picture(url)


@register.filter
def spec(value: Any) -> str:
    """Return a specification as people read it."""
    return showing.spec_text(value)


@register.filter
def yuan(fen: int) -> SafeString:
    """Return fen as yuan."""
    return money_html(fen)


@register.filter
def carrier(code: str) -> str:
    """Return a carrier's name."""
    return carrier_name(code)


@register.simple_tag
def pieces(portions: Sequence[Any]) -> str:
    """Return how many pieces there are, in words."""
    count = sum(portion.quantity for portion in portions)
    return ngettext("%(count)d piece", "%(count)d pieces", count) % {"count": count}
