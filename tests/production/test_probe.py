"""The containers' health checks: green only while the process itself is at work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shop.core import probe
from tests.production.shops import ROOT


def check(*arguments: str, directory: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "SHOP_PROBE_DIR": str(directory)}
    return subprocess.run(
        [sys.executable, "-m", "shop.core.probe", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("process", "allowed"), [("worker", 30), ("beat", 60)])
def test_a_sign_of_life_counts_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, process: str, allowed: int
) -> None:
    assert check(process, directory=tmp_path).returncode == 1

    monkeypatch.setenv("SHOP_PROBE_DIR", str(tmp_path))
    probe.mark_alive(process)
    assert check(process, directory=tmp_path).returncode == 0

    mark = next(tmp_path.iterdir())
    then = mark.stat().st_mtime - allowed - 1
    os.utime(mark, (then, then))
    late = check(process, directory=tmp_path)
    assert late.returncode == 1
    assert "s ago" in late.stderr


def test_one_process_does_not_speak_for_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PROBE_DIR", str(tmp_path))
    probe.mark_alive("worker")

    assert check("beat", directory=tmp_path).returncode == 1


def test_without_a_directory_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_PROBE_DIR", raising=False)
    monkeypatch.chdir(tmp_path)

    probe.mark_alive("worker")

    assert probe.silence("worker") is None
    assert list(tmp_path.iterdir()) == []


def test_nobody_answers(tmp_path: Path) -> None:
    assert check("http", "http://127.0.0.1:9/healthz", directory=tmp_path).returncode == 1


def test_an_unknown_check_says_how_it_is_used(tmp_path: Path) -> None:
    done = check("database", directory=tmp_path)

    assert done.returncode == 2
    assert "usage" in done.stderr
