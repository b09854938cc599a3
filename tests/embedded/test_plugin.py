"""tests.services as a pytest run meets it: services around the run, gone afterwards however it ends."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shop.embedded.ports import wait_until
from tests.embedded.conftest import CHECKOUT, SECONDS, all_gone, environment_without

pytestmark = pytest.mark.lasts(20)

LOOK = """
import json, os, pathlib, time
import pytest
HERE = pathlib.Path(__file__).parent

def test_looks():
    names = ("DATABASE_URL", "REDIS_URL", "DATA", "SHOP_TEST_DATABASE")
    found = {name: os.environ[name] for name in names if name in os.environ}
    if "DATA" in found:
        run = pathlib.Path(found["DATA"]).parent / "run"
        found["pids"] = [int(path.read_text()) for path in run.glob("*.pid")]
    if "SHOP_TEST_DATABASE" in found:
        from django.conf import settings
        found["test_name"] = settings.DATABASES["default"]["TEST"]["NAME"]
    (HERE / "found.tmp").write_text(json.dumps(found))
    (HERE / "found.tmp").rename(HERE / "found.json")
    if (HERE / "stay").exists():
        time.sleep(600)

@pytest.mark.full
def test_long():
    pass
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A test folder with one test that looks around and one that is marked full."""
    (tmp_path / "test_look.py").write_text(LOOK)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = full: long\n")
    return tmp_path


def start_pytest(folder: Path, *arguments: str, **settings: str) -> subprocess.Popen[str]:
    without = (
        "DATABASE_URL",
        "REDIS_URL",
        "DATA",
        "SHOP_TEST_DATABASE",
        "SHOP_TEST_FULL",
        "PYTEST_XDIST_WORKER",
    )
    plugins = ("-p", "tests.services", "-p", "no:django", "-p", "no:cacheprovider")
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-c", str(folder / "pytest.ini"), *plugins, *arguments, str(folder)],
        cwd=folder,
        env={**environment_without(*without), "PYTHONPATH": str(CHECKOUT), **settings},
        stdout=subprocess.PIPE,
        text=True,
        # Whatever runs in the background of a shell ignores Ctrl-C, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def look(folder: Path, *arguments: str, **settings: str) -> tuple[dict[str, Any], str]:
    said, _ = start_pytest(folder, *arguments, **settings).communicate(timeout=SECONDS)
    return json.loads((folder / "found.json").read_text()), said


def test_services_around_a_run_with_workers(folder: Path) -> None:
    found, said = look(folder, "-n", "1")
    assert "1 passed" in said  # the other one is marked full
    assert found["DATABASE_URL"].startswith("postgresql://shop:")
    assert "SHOP_TEST_DATABASE" not in found  # a server of our own needs no names apart
    assert len(found["pids"]) == 2
    assert all_gone(found["pids"])
    assert not Path(found["DATA"]).parent.exists()


def test_services_go_when_the_run_is_interrupted(folder: Path) -> None:
    (folder / "stay").touch()
    process = start_pytest(folder)
    assert wait_until((folder / "found.json").exists, seconds=SECONDS)
    found = json.loads((folder / "found.json").read_text())
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=SECONDS)
    assert "KeyboardInterrupt" in said
    assert all_gone(found["pids"])
    assert not Path(found["DATA"]).parent.exists()


def test_two_runs_on_a_given_server_use_different_databases(folder: Path) -> None:
    given = {
        "DATABASE_URL": "postgresql://x@127.0.0.1:1/y",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    runs = [look(folder, **given)[0] for _ in range(2)]
    assert [run["DATABASE_URL"] for run in runs] == [given["DATABASE_URL"]] * 2
    names = [run["test_name"] for run in runs]
    assert names == [run["SHOP_TEST_DATABASE"] for run in runs]
    assert len(set(names)) == 2
    assert runs[0]["pids"] == []


@pytest.mark.parametrize(("arguments", "settings"), [(("--full",), {}), ((), {"SHOP_TEST_FULL": "1"})])
def test_long_tests_wait_for_the_full_run(
    folder: Path, arguments: tuple[str, ...], settings: dict[str, str]
) -> None:
    given = {"DATABASE_URL": "postgresql://x@127.0.0.1:1/y", "REDIS_URL": "redis://127.0.0.1:1/0"}
    _, said = look(folder, *arguments, **given, **settings, DJANGO_SETTINGS_MODULE="tests.settings")
    assert "2 passed" in said
