"""Small pieces that the console's order pages share: pictures and specifications."""

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString


def picture(url: str) -> SafeString:
    """Return a small picture, or an empty frame where there is none."""
    if not url:
        return format_html('<span class="order-picture" aria-hidden="true"></span>')
    return format_html('<img class="order-picture" src="{}" alt="" loading="lazy">', url)


def spec_text(spec: Any) -> str:
    """Return a specification as people read it: ``白 · 500ml``."""
    return " · ".join(str(value) for value in spec.values()) if isinstance(spec, dict) else ""
