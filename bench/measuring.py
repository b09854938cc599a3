"""Servers under load: start them, drive them, count the processor time that they and their helpers use."""

import http.client
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Call:
    """One request of a load."""

    method: str
    path: str
    token: str = ""
    body: str = ""


@dataclass(frozen=True)
class Figures:
    """What one load showed; ``cpu_ms`` is per request over the server's processes, PostgreSQL and Redis."""

    requests: int
    seconds: float
    refused: int
    p50_ms: float
    p99_ms: float
    web_ms: float
    helper_ms: float

    @property
    def rate(self) -> float:
        """Return requests per second."""
        return self.requests / self.seconds

    @property
    def cpu_ms(self) -> float:
        """Return processor milliseconds per request over all server processes."""
        return self.web_ms + self.helper_ms


class Server:
    """A granian of two workers serving one WSGI application on a free port."""

    def __init__(self, application: str, *, cwd: Path, threads: int, probe: str, **environment: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.probe = f"http://127.0.0.1:{self.port}{probe}"
        self.log = Path(tempfile.mkstemp(prefix="bench-", suffix=".log")[1])
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "granian", "--interface", "wsgi", application, "--no-ws"),
                    *("--host", "127.0.0.1", "--port", str(self.port)),
                    *("--workers", "2", "--blocking-threads", str(threads)),
                ],
                cwd=cwd,
                env={**os.environ, "PYTHONPATH": str(cwd), **environment},
                stdout=log,
                stderr=log,
            )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urlopen(self.probe, timeout=2) as answer:  # noqa: S310  our own server
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.1)
            if self.process.poll() is not None:
                break
        self.stop()
        raise RuntimeError(f"The server did not start: {self.log.read_text(errors='replace')[-3000:]}")

    def warm(self, paths: Sequence[str]) -> None:
        """Ask for ``paths`` once, so that no figure holds a first connection or a database's cold start."""
        for path in paths:
            with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
                answer.read()

    def stop(self) -> None:
        """End the server."""
        self.process.terminate()
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def run(self, calls: Sequence[Call], *, seconds: float, connections: int = 16) -> Figures:
        """Send ``calls`` again and again for ``seconds``."""
        helpers = _helpers()
        web_before, helpers_before = _cpu(_family(self.process.pid)), _cpu(helpers)
        drive = _wrk if shutil.which("wrk") else _threads
        seen = drive(self.port, calls, seconds, connections)
        done = max(1, int(seen["requests"]))
        if seen["broken"]:
            raise RuntimeError(f"{seen['broken']} connections broke: {self.log}")
        return Figures(
            requests=done,
            seconds=seen["seconds"],
            refused=int(seen["refused"]),
            p50_ms=seen["p50_ms"],
            p99_ms=seen["p99_ms"],
            web_ms=(_cpu(_family(self.process.pid)) - web_before) * 1000 / done,
            helper_ms=(_cpu(_helpers()) - helpers_before) * 1000 / done,
        )


def _stat(pid: int) -> tuple[str, int, float] | None:
    """Return name, parent and processor seconds of a process (Linux: proc_pid_stat(5)), dead children too."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    name, _, rest = text.partition("(")[2].rpartition(")")
    values = rest.split()
    return name, int(values[1]), sum(int(value) for value in values[11:15]) / TICKS


def _processes() -> dict[int, tuple[str, int, float]]:
    found = {
        int(entry.name): _stat(int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdigit()
    }
    return {pid: stat for pid, stat in found.items() if stat is not None}


def _family(pid: int) -> set[int]:
    """Return a process and all that descend from it."""
    processes = _processes()
    family = {pid}
    while True:
        more = {child for child, stat in processes.items() if stat[1] in family} - family
        if not more:
            return family
        family |= more


def _helpers() -> set[int]:
    """Return PostgreSQL and Redis of this run: they descend from the process that started this one."""
    mine = _family(os.getppid()) if os.getppid() > 1 else set()
    processes = _processes()
    return {pid for pid in mine if processes.get(pid, ("",))[0].startswith(("postgres", "valkey", "redis"))}


def _cpu(pids: set[int]) -> float:
    return sum(stat[2] for pid in pids if (stat := _stat(pid)) is not None)


def _wrk(port: int, calls: Sequence[Call], seconds: float, connections: int) -> dict[str, float]:
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
        file.writelines(f"{call.method}\t{call.path}\t{call.token}\t{call.body}\n" for call in calls)
        file.flush()
        answer = subprocess.run(
            [
                *(
                    "wrk",
                    "-t",
                    "1",
                    "-c",
                    str(connections),
                    "-d",
                    f"{seconds:.0f}s",
                    "-s",
                    str(HERE / "load.lua"),
                ),
                *(f"http://127.0.0.1:{port}", "--", file.name),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
    line = next(line for line in answer.stdout.splitlines() if line.startswith("FIGURES "))
    return dict(json.loads(line.removeprefix("FIGURES ")))


def _threads(port: int, calls: Sequence[Call], seconds: float, connections: int) -> dict[str, float]:
    """Drive without wrk: threads of this process; slower, and it competes with the server."""
    times: list[float] = []
    refused = [0]
    started = time.monotonic()

    def shopper(number: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        place = random.Random(number).randrange(len(calls))
        while time.monotonic() - started < seconds:
            call = calls[place]
            place = (place + 1) % len(calls)
            headers = {"Accept": "application/json", "Accept-Language": "zh-CN"}
            if call.token:
                headers["Authorization"] = f"Bearer {call.token}"
            if call.body:
                headers["Content-Type"] = "application/json"
            asked = time.monotonic()
            line.request(call.method, call.path, call.body or None, headers)
            answer = line.getresponse()
            answer.read()
            times.append(time.monotonic() - asked)
            refused[0] += answer.status >= 400

    crowd = [threading.Thread(target=shopper, args=(number,)) for number in range(connections)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    times.sort()
    return {
        "requests": len(times),
        "seconds": time.monotonic() - started,
        "refused": refused[0],
        "broken": 0,
        "p50_ms": times[len(times) // 2] * 1000,
        "p99_ms": times[len(times) * 99 // 100] * 1000,
    }
