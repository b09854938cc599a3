"""Addresses of pictures."""

from collections.abc import Mapping

from django.core.files.storage import default_storage

LIST_WIDTH = 400
"""The rendition, in pixels, that lists, carts and orders show."""

PAGE_WIDTH = 800
"""The rendition that a product's page shows."""


def image_url(name: str | None) -> str:
    """Return the address of a stored file; empty when there is none."""
    return default_storage.url(name) if name else ""


def rendition_url(file: str | None, renditions: Mapping[str, str] | None, *, width: int = LIST_WIDTH) -> str:
    """Return the address of a picture's rendition of ``width`` pixels, else of the picture; or nothing."""
    return image_url((renditions or {}).get(str(width)) or file)
