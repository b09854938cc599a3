"""`python -m shop.embedded ...` and bin/setup as an operator meets them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from shop.embedded.ports import wait_until
from tests.embedded.conftest import CHECKOUT, SECONDS, StartServices, all_gone, environment_without

ASK = (
    "import os, psycopg2; c = psycopg2.connect(os.environ['DATABASE_URL']).cursor(); "
    "c.execute({0!r}); print({1})"
)


def embedded(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "shop.embedded", *arguments],
        cwd=CHECKOUT,
        env={**environment_without("DATABASE_URL", "REDIS_URL", "DATA"), **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


def test_exec_runs_a_program_on_throw_away_services(tmp_path: Path) -> None:
    program = "; ".join(
        [
            "import os, pathlib, sys",
            "pathlib.Path(sys.argv[1]).write_text(os.environ['DATA'])",
            ASK.format("SHOW fsync", "c.fetchone()[0], 'SHOP_SECRET_KEY' in os.environ"),
            "sys.exit(7)",
        ]
    )
    done = embedded("exec", "--", sys.executable, "-c", program, str(tmp_path / "data"))
    assert (done.returncode, done.stdout, done.stderr) == (7, "off True\n", "")
    assert not Path((tmp_path / "data").read_text()).exists()


def test_exec_keeps_what_is_done_in_a_data_directory(data: Path) -> None:
    make = ASK.format("CREATE TABLE kept (); COMMIT", "'made'")
    look = ASK.format("SELECT to_regclass('kept'), current_setting('fsync')", "c.fetchone()")
    assert embedded("exec", "--data", str(data), "--", sys.executable, "-c", make).stdout == "made\n"
    assert embedded("exec", "--", sys.executable, "-c", look, DATA=str(data)).stdout == "('kept', 'on')\n"


def test_exec_takes_given_services(data: Path, services_in: StartServices) -> None:
    services = services_in(data)
    done = embedded(
        "exec",
        "--",
        sys.executable,
        "-c",
        "import os; print(os.environ['DATABASE_URL'])",
        **services.environment,
    )
    assert done.stdout == f"{services.database_url}\n"


def test_exec_reports_what_cannot_be_started(data: Path, services_in: StartServices) -> None:
    services_in(data)
    done = embedded("exec", "--data", str(data), "--", "true")
    assert done.returncode == 1
    assert "is in use by another process" in done.stderr
    assert "Traceback" not in done.stderr
    missing = embedded("exec", "--", "no-such-program")
    assert (missing.returncode, "no-such-program" in missing.stderr) == (127, True)
    assert "Traceback" not in missing.stderr
    assert embedded("exec").returncode == 2


def test_exec_passes_a_signal_on_and_cleans_up(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, time; pathlib.Path('where').write_text(os.environ['DATA']); time.sleep(600)"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "shop.embedded", "exec", "--", sys.executable, "-c", program],
        cwd=tmp_path,
        env={**environment_without("DATABASE_URL", "REDIS_URL", "DATA"), "PYTHONPATH": str(CHECKOUT)},
    )
    where = tmp_path / "where"
    assert wait_until(lambda: where.exists() and bool(where.read_text()), seconds=SECONDS)
    data = Path(where.read_text())
    pids = [int(path.read_text()) for path in (data / "run").glob("*.pid")]
    assert len(pids) == 2
    process.send_signal(signal.SIGTERM)
    assert process.wait(SECONDS) == 128 + signal.SIGTERM
    assert all_gone(pids)
    assert not data.exists()


@pytest.mark.parametrize("name", ["PORT", "SANDBOX_PORT"])
def test_up_refuses_a_port_in_use_before_it_starts_anything(data: Path, name: str) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        port = squatter.getsockname()[1]
        done = embedded(
            "up", DATA=str(data), **{"PORT": "1", "SANDBOX_PORT": "2"} | free_ports() | {name: str(port)}
        )
    assert done.returncode == 1
    assert f"端口 {port} 已被占用。请换一个：make up {name}=<端口>" in done.stderr
    assert f"Port {port} is already in use. Choose another: make up {name}=<port>" in done.stderr
    assert not (data / "postgres").exists()


def test_up_refuses_nonsense(data: Path) -> None:
    assert "PORT=eight is not a whole number" in embedded("up", DATA=str(data), PORT="eight").stderr
    same = embedded("up", DATA=str(data), PORT="28111", SANDBOX_PORT="28111")
    assert (same.returncode, "must differ" in same.stderr) == (1, True)


def test_up_refuses_a_directory_in_use(data: Path, services_in: StartServices) -> None:
    services_in(data)
    done = embedded("up", DATA=str(data), **free_ports())
    assert done.returncode == 1
    assert f"pid {os.getpid()}" in done.stderr


def test_setup_explains_a_missing_venv_module(tmp_path: Path) -> None:
    # Given a Debian whose Python came without python3-venv
    done = setup(tmp_path, 'case "$*" in *ensurepip*) exit 1;; *) exit 0;; esac')
    assert done.returncode == 1
    assert "apt install python3-venv" in done.stderr
    assert "缺少 venv 模块" in done.stderr


def test_setup_explains_an_old_python(tmp_path: Path) -> None:
    done = setup(tmp_path, "exit 1")
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr


def free_ports() -> dict[str, str]:
    with socket.socket() as first, socket.socket() as second:
        for probe in (first, second):
            probe.bind(("127.0.0.1", 0))
        return {"PORT": str(first.getsockname()[1]), "SANDBOX_PORT": str(second.getsockname()[1])}


def setup(tmp_path: Path, python: str) -> subprocess.CompletedProcess[str]:
    """Run a copy of bin/setup where `python3` is the given shell script and nothing else is found."""
    checkout, programs = tmp_path / "a shop", tmp_path / "programs"
    (checkout / "bin").mkdir(parents=True)
    programs.mkdir()
    shutil.copy(CHECKOUT / "bin" / "setup", checkout / "bin" / "setup")
    for name in ("dirname", "grep"):
        (programs / name).symlink_to(str(shutil.which(name)))
    (programs / "python3").write_text(f"#!/bin/sh\n{python}\n")
    (programs / "python3").chmod(0o755)
    return subprocess.run(
        ["/bin/sh", str(checkout / "bin" / "setup"), "run"],
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
