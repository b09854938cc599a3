"""How the ground floor finds the roof's tables without importing upwards."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string


def roof_table(name: str) -> Any:
    """Return the table ``name`` of the module that ``settings.SHOP_SUBSCRIPTIONS`` names."""
    return getattr(import_module(settings.SHOP_SUBSCRIPTIONS), name)


def roof_entry(table: str, key: str) -> Any:
    """Import and return what the roof registered under ``key`` in ``table``; ``LookupError`` if nothing."""
    entries: Mapping[str, str] = roof_table(table)
    if key not in entries:
        raise LookupError(f"Nothing is registered for {key!r} in {table}.")
    return import_string(entries[key])
