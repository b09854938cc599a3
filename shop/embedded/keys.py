"""Secrets that a shop needs and nobody has to invent: made once, kept in `<data>/secrets.json` (0600).

Losing the file means losing what is encrypted with it: a backup must hold it.
"""

import base64
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from shop.embedded.files import read_json, write_json

ADMIN_PASSWORD = "SHOP_ADMIN_PASSWORD"  # noqa: S105  a variable's name
_KEY_NAMES = ("SHOP_SECRET_KEY", "SHOP_ENCRYPTION_KEYS", "SHOP_HASH_KEY")


def new_keys() -> dict[str, str]:
    """Return fresh keys under the names the settings read."""
    encryption_key = base64.b64encode(os.urandom(32)).decode()
    return {
        "SHOP_SECRET_KEY": secrets.token_urlsafe(48),
        "SHOP_ENCRYPTION_KEYS": f"k1:{encryption_key}",
        "SHOP_HASH_KEY": secrets.token_urlsafe(48),
    }


def load_keys(data: Path) -> dict[str, str]:
    """Return the directory's keys, made and kept at the first call."""
    path = data / "secrets.json"
    kept = read_json(path)
    missing = {name: value for name, value in new_keys().items() if name not in kept}
    if missing:
        write_json(path, kept | missing)
    return {name: str((kept | missing)[name]) for name in _KEY_NAMES}


def console_password(data: Path, given: Mapping[str, str]) -> tuple[str, bool]:
    """Return (password, whether it was generated). Given passwords are never written down.

    ("", False) when an earlier start was given one and this start is not.
    """
    path = data / "secrets.json"
    kept = read_json(path)
    if given.get(ADMIN_PASSWORD):
        if kept.get(ADMIN_PASSWORD) != "":
            write_json(path, kept | {ADMIN_PASSWORD: ""})
        return given[ADMIN_PASSWORD], False
    if ADMIN_PASSWORD not in kept:
        kept[ADMIN_PASSWORD] = secrets.token_urlsafe(12)
        write_json(path, kept)
    return str(kept[ADMIN_PASSWORD]), bool(kept[ADMIN_PASSWORD])
