"""A whole shop under its supervisor, as `make up` runs it, to be killed in pieces."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import requests

from shop.embedded.discover import running_environment
from tests.sandbox_process import ROOT, free_port

VICTIMS = ("web", "worker", "beat", "redis", "postgres")

GENEROUS = {"SHOP_THROTTLE_SCALE": "1000"}
"""For clients that ask again and again until a part that was killed is back."""

_NOT_INHERITED = ("DATABASE_URL", "REDIS_URL", "PYTEST_XDIST_WORKER", "SHOP_TEST_DATABASE", "DATA")


def wait_for(condition: Callable[[], bool], *, seconds: float, what: str, pause: float = 0.1) -> None:
    """Ask until it is true, with a ``pause`` between; fails loudly after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(pause)


class RunningShop:
    """``with RunningShop(data) as shop:`` starts everything, waits until it is ready, stops it all.

    ``settings`` are the shop's own unless said otherwise; ``variables`` are added to its environment.
    """

    def __init__(
        self, data: Path, *, settings: str = "shop.settings", variables: Mapping[str, str] | None = None
    ) -> None:
        self.data = data
        self.log = data.parent / f"{data.name}.log"
        self.port = free_port()
        self.sandbox_port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.sandbox_url = f"http://127.0.0.1:{self.sandbox_port}"
        inherited = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
        # WeChat and the shop's own secrets are the new shop's to make.
        inherited = {k: v for k, v in inherited.items() if not k.startswith(("WECHAT", "SHOP_", "DJANGO_"))}
        self.environment = inherited | {
            "DATA": str(data),
            "PORT": str(self.port),
            "SANDBOX_PORT": str(self.sandbox_port),
            "DJANGO_SETTINGS_MODULE": settings,
            "SHOP_DEMO": "false",
            **(variables or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "RunningShop":
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "shop.embedded", "up"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_for(self._is_ready, seconds=240, what=f"the shop is ready ({self.log})")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Press Ctrl-C and wait until everything has ended."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=30)

    def kill(self, name: str) -> bool:
        """``kill -9`` a child and its children's parent; False when it is not running at this moment."""
        try:
            os.kill(int((self.data / "run" / f"{name}.pid").read_text()), signal.SIGKILL)
        except (FileNotFoundError, ValueError, ProcessLookupError):
            return False
        return True

    @property
    def database_url(self) -> str:
        """Where the shop's PostgreSQL is; only while it runs."""
        environment = running_environment(self.data)
        assert environment is not None
        return environment["DATABASE_URL"]

    def manage(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a management command against this shop."""
        outcome = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert outcome.returncode == 0 or not check, f"{command}: {outcome.stdout}{outcome.stderr}"
        return outcome

    def sandbox(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One call to the sandbox's control plane."""
        answer = requests.request(method, f"{self.sandbox_url}/_sandbox{path}", json=body, timeout=60)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def is_whole(self) -> bool:
        """Return whether every part answers again."""
        try:
            answer = requests.get(f"{self.base_url}/readyz", timeout=5)
            return answer.ok and bool(answer.json()["status"] == "ok")
        except (requests.RequestException, json.JSONDecodeError):
            return False

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text(errors="replace")[-3000:]
        return "Ctrl-C" in self.log.read_text(errors="replace")
