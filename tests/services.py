"""pytest plugin: a throw-away PostgreSQL and Redis around the run, unless DATABASE_URL/REDIS_URL name others.

Loaded by `-p tests.services` so that both run before pytest-django imports the settings. Only the controlling
process starts them; xdist's workers inherit the addresses. Also keeps tests marked `full` out of short runs,
and lets long files begin first.
"""

import atexit
import gc
import os
import secrets
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from shop.embedded.messages import EmbeddedError
from shop.embedded.services import start_services
from tests import ground

# Storms of 200 threads run in several xdist workers at once.
_MAX_CONNECTIONS = 500


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run the tests marked full as well")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> Generator[None]:
    asks_only = {"-h", "--help", "-V", "--version"}.intersection(args)
    if "PYTEST_XDIST_WORKER" not in os.environ and not asks_only:
        _keep_test_databases_apart()
        early_config.add_cleanup(_start(with_ground=_wants_ground(early_config)))
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """Give an external server's test database the name of this run."""
    name = os.environ.get("SHOP_TEST_DATABASE")
    if name:
        from django.conf import settings

        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = name


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Keep the garbage collector away from thousands of modules and tests, none of which is garbage.

    It would go over them again and again while they are made: a fifth of the collecting's time.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Choose the tests of this run, and put the files that last long before all others."""
    _leave_out_full(config, items)
    if hasattr(config, "workerinput"):
        _begin_with_the_longest(items)


def _leave_out_full(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--full") or os.environ.get("SHOP_TEST_FULL") == "1":
        return
    kept = [item for item in items if item.get_closest_marker("full") is None]
    config.hook.pytest_deselected(
        items=[item for item in items if item.get_closest_marker("full") is not None]
    )
    items[:] = kept


def _begin_with_the_longest(items: list[pytest.Item]) -> None:
    """Order the files, each of which goes to one worker: as their `lasts` say, then by their number of tests.

    Otherwise one worker would still be at a file of minutes when the others have nothing left to do.
    """
    size = Counter(item.path for item in items)
    seconds: dict[Path, float] = {}
    for item in items:
        mark = item.get_closest_marker("lasts")
        seconds[item.path] = max(seconds.get(item.path, 0.0), mark.args[0] if mark else 0.0)
    items.sort(key=lambda item: (-seconds[item.path], -size[item.path]))


def _keep_test_databases_apart() -> None:
    """Two runs against one given server must not share a test database (xdist adds a suffix per worker)."""
    if os.environ.get("DATABASE_URL"):
        os.environ.setdefault("SHOP_TEST_DATABASE", f"test_shop_{secrets.token_hex(4)}")


def _wants_ground(early_config: pytest.Config) -> bool:
    """Whether several processes will want a migrated database, on a server that goes with the run."""
    workers = getattr(early_config.known_args_namespace, "numprocesses", None)
    ours = not os.environ.get("DATABASE_URL") and early_config.pluginmanager.hasplugin("django")
    return bool(workers) and ours


def _start(*, with_ground: bool) -> Callable[[], None]:
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
    os.environ.pop(ground.PLACE, None)  # that of a run around this one
    making = ground.start_ground(directory) if with_ground else None

    def stop() -> None:
        if making is not None:
            making.terminate()
            making.wait()
        services.stop()
        shutil.rmtree(directory, ignore_errors=True)

    # A run that ends before pytest has configured itself calls no clean-up of its own.
    atexit.register(stop)
    return stop
