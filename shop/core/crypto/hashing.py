"""Finding personal data without reading it: a keyed hash beside the encrypted column."""

import hashlib
import hmac
import re
import unicodedata

from django.conf import settings

HASH_LENGTH = 64
"""Characters of a keyed hash: size the column with it."""

_PHONE_NOISE = re.compile(r"[\s()\-.]+")


def keyed_hash(value: str, *, purpose: str = "") -> str:
    """Return HMAC-SHA256 of the normalised value (NFKC, stripped) as 64 hex digits.

    ``purpose`` keeps equal values of different kinds apart. ``SHOP_HASH_KEY`` cannot be rotated without
    recomputing every hash, so it is a key of its own.
    """
    normal = unicodedata.normalize("NFKC", value).strip()
    message = f"{purpose}\x00{normal}".encode()
    return hmac.new(settings.SHOP_HASH_KEY.encode(), message, hashlib.sha256).hexdigest()


def hash_phone(phone: str) -> str:
    """Return the keyed hash of a phone number, however it was written: ``+86 138-1234 5678``."""
    digits = _PHONE_NOISE.sub("", unicodedata.normalize("NFKC", phone))
    mainland = digits.removeprefix("+").removeprefix("0086")
    if len(mainland) == 13 and mainland.startswith("86"):
        mainland = mainland[2:]
    return keyed_hash(mainland, purpose="phone")
