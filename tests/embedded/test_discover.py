"""`manage.py` finds the shop that runs in DATA, and says so when none does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shop.embedded.discover import (
    load_environment,
    publish_environment,
    running_environment,
    withdraw_environment,
)
from shop.embedded.locking import DataLock
from shop.embedded.messages import EmbeddedError
from tests.embedded.conftest import CHECKOUT, environment_without

RUNNING = {
    "DATABASE_URL": "postgresql://shop@127.0.0.1:1/shop",
    "REDIS_URL": "redis://127.0.0.1:2/0",
    "WECHAT_APPID": "wx1",
    "WECHATPAY_MCHID": "16",
    "SHOP_SECRET_KEY": "k",
}


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*RUNNING, "DATA"]:
        monkeypatch.delenv(name, raising=False)


def publish(data: Path) -> None:
    (data / "run").mkdir(parents=True, exist_ok=True)
    publish_environment(
        data, {**RUNNING, "SHOP_ADMIN_PASSWORD": "geheim", "HOME": "/root", "PGHOST": "elsewhere"}
    )


def test_the_environment_of_a_running_shop_fills_gaps_only(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA", str(data))
    monkeypatch.setenv("WECHAT_APPID", "mine")
    with DataLock(data):
        publish(data)
        load_environment(CHECKOUT)
    assert {name: os.environ[name] for name in RUNNING} == {**RUNNING, "WECHAT_APPID": "mine"}


def test_only_our_own_settings_are_written_down_and_for_the_owner_alone(data: Path) -> None:
    publish(data)
    path = data / "run" / "env.json"
    assert json.loads(path.read_text()) == RUNNING
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_a_killed_shop_wrote_does_not_count(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA", str(data))
    publish(data)
    assert running_environment(data) is None
    with pytest.raises(EmbeddedError, match="The shop is not running"):
        load_environment(CHECKOUT)
    assert "DATABASE_URL" not in os.environ


def test_a_stopped_shop_is_not_found(data: Path) -> None:
    with DataLock(data):
        publish(data)
        assert running_environment(data) == RUNNING
        withdraw_environment(data)
        assert running_environment(data) is None


def test_data_of_the_checkout_is_the_default(tmp_path: Path) -> None:
    data = tmp_path / "var"
    data.mkdir()
    with DataLock(data):
        publish(data)
        load_environment(tmp_path)
    assert os.environ["REDIS_URL"] == RUNNING["REDIS_URL"]


def test_own_services_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a shop that runs in the checkout, and a caller with a database of its own
    data = tmp_path / "var"
    data.mkdir()
    monkeypatch.setenv("DATABASE_URL", "postgresql://mine/x")
    with DataLock(data):
        publish(data)
        load_environment(tmp_path)
        # Then nothing of that shop is mixed in
        assert "WECHAT_APPID" not in os.environ
        # unless its directory was named
        monkeypatch.setenv("DATA", str(data))
        load_environment(tmp_path)
    assert os.environ["DATABASE_URL"] == "postgresql://mine/x"
    assert os.environ["WECHAT_APPID"] == "wx1"


def test_own_services_need_no_shop(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://mine/x")
    monkeypatch.setenv("DATA", str(data))
    load_environment(CHECKOUT)
    assert "REDIS_URL" not in os.environ


def test_manage_py_says_that_the_shop_is_not_running(data: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        cwd=CHECKOUT,
        env={**environment_without("DATABASE_URL", "REDIS_URL"), "DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        f"集市没有在运行（{data}）。请先运行 make up，或给出 DATABASE_URL 和 REDIS_URL。\n"
        f"The shop is not running ({data}). Start it with make up, or give DATABASE_URL and REDIS_URL.\n"
    )
