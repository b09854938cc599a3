"""The key ring and what it locks: AES-256-GCM with a random nonce per value.

``SHOP_ENCRYPTION_KEYS`` is ``kid:base64key,kid:base64key``; the first encrypts, all of them decrypt. A stored
value is ``kid:base64url(nonce | ciphertext | tag)``. The place it is stored in is authenticated too, so that
a value copied into another column does not decrypt there. Random 96-bit nonces are safe for 2^32 values a
key (NIST SP 800-38D, 8.3).
"""

import base64
import binascii
import functools
import os
import re
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_KID = re.compile(r"[A-Za-z0-9_-]{1,16}", re.ASCII)
_NONCE_BYTES = 12
_KEY_BYTES = 32


class KeyRingError(ValueError):
    """``SHOP_ENCRYPTION_KEYS`` cannot be read; the message never holds a key."""


class DecryptionError(Exception):
    """A stored value cannot be decrypted: its key is not in the ring, or it was altered or moved."""


def parse_key_ring(text: str) -> dict[str, AESGCM]:
    """Return kid -> cipher in the order given; raises ``KeyRingError``."""
    ring: dict[str, AESGCM] = {}
    for number, entry in enumerate((part.strip() for part in text.split(",") if part.strip()), start=1):
        kid, separator, encoded = entry.partition(":")
        if not separator or not _KID.fullmatch(kid):
            raise KeyRingError(f"entry {number} is not kid:key (kid: up to 16 letters, digits, - and _).")
        if kid in ring:
            raise KeyRingError(f"the kid of entry {number} appears twice.")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise KeyRingError(f"the key of entry {number} is not base64.") from None
        if len(key) != _KEY_BYTES:
            raise KeyRingError(f"the key of entry {number} has {len(key)} bytes instead of {_KEY_BYTES}.")
        ring[kid] = AESGCM(key)
    if not ring:
        raise KeyRingError("there is no key.")
    return ring


@functools.lru_cache(maxsize=8)
def _ring(text: str) -> Mapping[str, AESGCM]:
    return parse_key_ring(text)


def current_kid() -> str:
    """Return the id of the key that new values are encrypted under."""
    return next(iter(_ring(settings.SHOP_ENCRYPTION_KEYS)))


def encrypt(plaintext: str, *, place: str) -> str:
    """Return ``plaintext`` locked for ``place`` (a column's name); a new nonce each time."""
    kid = current_kid()
    nonce = os.urandom(_NONCE_BYTES)
    sealed = _ring(settings.SHOP_ENCRYPTION_KEYS)[kid].encrypt(nonce, plaintext.encode(), place.encode())
    return f"{kid}:{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def decrypt(stored: str, *, place: str) -> str:
    """Return what was encrypted for ``place``; raises ``DecryptionError``."""
    kid, _, encoded = stored.partition(":")
    cipher = _ring(settings.SHOP_ENCRYPTION_KEYS).get(kid)
    if cipher is None:
        raise DecryptionError(f"{place}: no key {kid[:16]!r} in the ring")
    try:
        raw = base64.b64decode(encoded, altchars=b"-_", validate=True)
        return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], place.encode()).decode()
    except (binascii.Error, InvalidTag, ValueError) as error:
        raise DecryptionError(f"{place}: the value was altered or belongs elsewhere") from error
