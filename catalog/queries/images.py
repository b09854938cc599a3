"""Addresses of pictures."""

from collections.abc import Mapping
from functools import lru_cache

from django.core.files.storage import FileSystemStorage, default_storage

LIST_WIDTH = 400
"""The rendition, in pixels, that lists, carts and orders show."""

PAGE_WIDTH = 800
"""The rendition that a product's page shows."""


def image_url(name: str | None) -> str:
    """Return the address of a stored file; empty when there is none."""
    if not name:
        return ""
    if isinstance(default_storage, FileSystemStorage):
        return _lasting_url(default_storage.base_url, name)
    return default_storage.url(name)


@lru_cache(maxsize=16_384)
def _lasting_url(base_url: str | None, name: str) -> str:
    """Return the address of a file under ``base_url``, which with the name decides it for good."""
    return default_storage.url(name)


def rendition_url(file: str | None, renditions: Mapping[str, str] | None, *, width: int = LIST_WIDTH) -> str:
    """Return the address of a picture's rendition of ``width`` pixels, else of the picture; or nothing."""
    return image_url((renditions or {}).get(str(width)) or file)
