"""Pictures of categories and brands: cleaned like those of products, stored once by content."""

import hashlib

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from catalog.rules.pictures import UnusablePicture, clean_picture
from catalog.services.media import refused_picture
from shop.core.network import assert_no_transaction


def store_picture(*, content: bytes, folder: str) -> str:
    """Store a picture without its metadata and return its name; the same picture keeps its name.

    Called outside transactions, because storage may be a network away. Raises ``MediaRefused``.
    """
    assert_no_transaction()
    try:
        picture = clean_picture(content, render=False)
    except UnusablePicture as refusal:
        raise refused_picture(refusal) from refusal
    digest = hashlib.sha256(picture.content).hexdigest()[:32]
    path = f"{folder}/{digest}.{picture.extension}"
    return path if default_storage.exists(path) else default_storage.save(path, ContentFile(picture.content))
