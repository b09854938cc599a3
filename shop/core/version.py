"""The version of this code, as `pyproject.toml` states it: the one place where a release is numbered."""

import tomllib
from functools import cache

from django.conf import settings


@cache
def code_version() -> str:
    """Return the version of the checkout or image this process runs from."""
    with (settings.BASE_DIR / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])
