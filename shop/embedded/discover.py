"""Lets `manage.py` find the running shop of a data directory.

The supervisor writes `<data>/run/env.json` (0600) while it runs; the file counts only as long as the
directory's lock is held.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from shop.embedded.files import full_path, read_json, write_json
from shop.embedded.locking import is_locked
from shop.embedded.messages import EmbeddedError

# What the settings may read; everything else in the environment is nobody's business.
_OURS = ("SHOP_", "WECHAT", "SENTRY_", "OTEL_", "CELERY_", "DATABASE_URL", "REDIS_URL")
_SECRET_FROM_ALL = ("SHOP_ADMIN_PASSWORD",)


def load_environment(checkout: Path) -> None:
    """Fill os.environ with what the running shop uses; a variable that is given is never overridden.

    The shop is the one of DATA, by default of `<checkout>/var`. When DATABASE_URL is given the caller has
    services of its own, and only a DATA that is given too is looked at. EmbeddedError when no shop runs
    there.
    """
    has_own_database = bool(os.environ.get("DATABASE_URL"))
    if has_own_database and not os.environ.get("DATA"):
        return
    data = full_path(os.environ.get("DATA") or checkout / "var")
    environment = running_environment(data)
    if environment is None:
        if has_own_database:
            return
        raise EmbeddedError(
            f"集市没有在运行（{data}）。请先运行 make up，或给出 DATABASE_URL 和 REDIS_URL。",
            f"The shop is not running ({data}). Start it with make up, or give DATABASE_URL and REDIS_URL.",
        )
    for name, value in environment.items():
        os.environ.setdefault(name, value)


def running_environment(data: Path) -> dict[str, str] | None:
    """Return the environment of the shop that runs in `data`, None when none does."""
    if not is_locked(data):
        return None
    return {name: str(value) for name, value in read_json(_file(data)).items()} or None


def publish_environment(data: Path, environment: Mapping[str, str]) -> None:
    """Write down what a management command needs to join the running shop."""
    ours = {
        name: value
        for name, value in environment.items()
        if (name.startswith(_OURS) or name == "DATA") and name not in _SECRET_FROM_ALL
    }
    write_json(_file(data), ours)


def withdraw_environment(data: Path) -> None:
    """The shop of `data` is no longer running."""
    _file(data).unlink(missing_ok=True)


def _file(data: Path) -> Path:
    return data / "run" / "env.json"
