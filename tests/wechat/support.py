"""Small helpers for the tests of this folder."""

from pathlib import Path
from typing import Any


def apply_merchant(settings: Any, env: dict[str, str]) -> None:
    """Set what the deployment would read from merchant.env."""
    for name, value in env.items():
        if name.endswith("_FILE"):
            setattr(settings, name.removesuffix("_FILE"), Path(value).read_text())
        else:
            setattr(settings, name, value)
