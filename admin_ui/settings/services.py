"""Changing several settings at once: all of them or none."""

from collections.abc import Mapping
from typing import Any

from shop.core.actors import Actor
from shop.core.db import in_transaction
from shop.core.runtime import set_value


@in_transaction
def change_settings(*, actor: Actor, changes: Mapping[str, Any], reason: str) -> None:
    """Set each named setting, each with its own audit entry. Locks the settings' rows in order of name.

    Raises Forbidden, NotFound, and InvalidInput naming the setting as field.
    """
    for name in sorted(changes):
        set_value(actor=actor, name=name, value=changes[name], reason=reason)
