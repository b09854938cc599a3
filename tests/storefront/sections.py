"""Home page sections for tests."""

import io
from typing import Any

from PIL import Image

from catalog.models import HomeSection
from catalog.rules.home import HomeItemFields, HomeSectionFields
from catalog.services.home import save_home_section
from tests.catalog.factories import SYSTEM, make_picture


def banner(**changes: Any) -> HomeItemFields:
    """Return a banner with a picture."""
    return HomeItemFields(**{"media_id": make_picture().pk, "title": "春茶上市", **changes})


def make_section(kind: str = "banners", **changes: Any) -> HomeSection:
    """Return a stored section; banners have one banner unless told otherwise."""
    if kind == "banners":
        changes.setdefault("items", [banner()])
    return save_home_section(actor=SYSTEM, fields=HomeSectionFields(kind=kind, **changes))


def picture_bytes(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    """Return a small picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", size, (200, 60, 40)).save(out, kind, **options)
    return out.getvalue()
