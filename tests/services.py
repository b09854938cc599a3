"""pytest plugin: a throw-away PostgreSQL and Redis around the run, unless DATABASE_URL/REDIS_URL name others.

Loaded by `-p tests.services` so that both run before pytest-django imports the settings. Only the controlling
process starts them; xdist's workers inherit the addresses. Also keeps tests marked `full` out of short runs.
"""

import atexit
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from shop.embedded.messages import EmbeddedError
from shop.embedded.services import start_services

# Storms of 200 threads run in several xdist workers at once.
_MAX_CONNECTIONS = 500


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run the tests marked full as well")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> Generator[None]:
    asks_only = {"-h", "--help", "-V", "--version"}.intersection(args)
    if "PYTEST_XDIST_WORKER" not in os.environ and not asks_only:
        _keep_test_databases_apart()
        early_config.add_cleanup(_start())
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """Give an external server's test database the name of this run."""
    name = os.environ.get("SHOP_TEST_DATABASE")
    if name:
        from django.conf import settings

        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = name


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--full") or os.environ.get("SHOP_TEST_FULL") == "1":
        return
    kept = [item for item in items if item.get_closest_marker("full") is None]
    config.hook.pytest_deselected(
        items=[item for item in items if item.get_closest_marker("full") is not None]
    )
    items[:] = kept


def _keep_test_databases_apart() -> None:
    """Two runs against one given server must not share a test database (xdist adds a suffix per worker)."""
    if os.environ.get("DATABASE_URL"):
        os.environ.setdefault("SHOP_TEST_DATABASE", f"test_shop_{secrets.token_hex(4)}")


def _start() -> Callable[[], None]:
    directory = Path(tempfile.mkdtemp(prefix="jishi-test-"))
    try:
        services = start_services(
            directory,
            durable=False,
            max_connections=_MAX_CONNECTIONS,
            database_url=os.environ.get("DATABASE_URL"),
            redis_url=os.environ.get("REDIS_URL"),
        )
    except EmbeddedError as error:
        shutil.rmtree(directory, ignore_errors=True)
        raise pytest.UsageError(str(error)) from error
    os.environ.update(services.environment)
    os.environ.setdefault("DATA", str(directory / "shop"))

    def stop() -> None:
        services.stop()
        shutil.rmtree(directory, ignore_errors=True)

    # A run that ends before pytest has configured itself calls no clean-up of its own.
    atexit.register(stop)
    return stop
