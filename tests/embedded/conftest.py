"""Processes under test: started here, and never left behind by a failing test."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shop.embedded.ports import wait_until
from shop.embedded.process import born
from shop.embedded.services import Services, start_services

CHECKOUT = Path(__file__).resolve().parent.parent.parent
SECONDS = 120.0  # a deadline for crowded machines, never a wait


@dataclass
class Driver:
    """A running tests.embedded.driver."""

    process: subprocess.Popen[str]
    data: Path

    def pid(self, name: str) -> int | None:
        try:
            return int((self.data / "run" / f"{name}.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def pids(self) -> dict[str, int]:
        return {path.stem: int(path.read_text()) for path in (self.data / "run").glob("*.pid")}

    def finish(self, number: signal.Signals) -> tuple[int, str]:
        """Send a signal, wait for the end, return exit code and what was said."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, said


StartDriver = Callable[..., Driver]
StartServices = Callable[..., Services]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory whose name has what people's directories have."""
    directory = tmp_path / "我的 店 'x'"
    directory.mkdir()
    return directory


@pytest.fixture
def start_driver(data: Path, tmp_path: Path) -> Iterator[StartDriver]:
    started: list[subprocess.Popen[str]] = []

    def start(*children: dict[str, Any], services: bool = False) -> Driver:
        plan = tmp_path / "plan.json"
        plan.write_text(json.dumps({"data": str(data), "services": services, "children": children}))
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.embedded.driver", str(plan)],
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n", process.communicate()
        return Driver(process, data)

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=SECONDS)


@pytest.fixture
def services_in() -> Iterator[StartServices]:
    started: list[Services] = []

    def start(directory: Path, *, durable: bool = False, **options: Any) -> Services:
        services = start_services(directory, durable=durable, **options)
        started.append(services)
        return services

    yield start
    for services in started:
        services.stop()


def all_gone(pids: list[int]) -> bool:
    """Wait until none of these processes is left."""
    return wait_until(lambda: all(born(pid) is None for pid in pids), seconds=SECONDS)


def process_tree(pid: int) -> list[int]:
    """Return a process and all its descendants (Linux)."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += process_tree(int(child))
    return found


def environment_without(*names: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in names}
