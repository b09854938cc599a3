"""Runs compose's services as processes of this machine: same commands, same environment, same health checks.

Containers differ from this machine in three ways, and only those are translated: a service's name is
127.0.0.1, its port is a free one, and its directories are below a temporary one.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shop.embedded import postgres
from shop.embedded.binaries import find_postgres, find_redis
from shop.embedded.ports import pick_port, wait_until
from shop.embedded.process import Child, Process
from tests.production.compose import image_environment
from tests.production.shops import ROOT

OF_THE_IMAGE = "jishi:"
_PORTS = ("5432", "6432", "6379", "8000", "8001", "8080", "8081", "8443")
_NAMES = re.compile(
    rf"\b(?:postgres|pgbouncer|redis|web|sandbox|0\.0\.0\.0|127\.0\.0\.1):({'|'.join(_PORTS)})\b"
)
_LONE_PORT = re.compile(rf"(?<![\w.:])({'|'.join(_PORTS)})(?![\w.])")
_DIRECTORIES = re.compile(
    r"(?<![\w./])/(data|tmp|run/secrets|run/pgbouncer|run/prometheus|srv|certs|config)(?=[/\s\"':]|$)"
)


@dataclass
class Machine:
    """Where the services of one test live."""

    compose: dict[str, Any]
    directory: Path
    ports: dict[str, str] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)

    def __post_init__(self) -> None:
        taken: set[int] = set()
        for port in _PORTS:
            free = next(number for number in iter(pick_port, None) if number not in taken)
            taken.add(free)
            self.ports[port] = str(free)
        self._bin = self.directory / "bin"
        self._bin.mkdir()
        (self._bin / "start-pgbouncer").symlink_to(ROOT / "deploy/pgbouncer/start.sh")
        (self._bin / "valkey-server").symlink_to(find_redis())

    def port(self, port: int) -> int:
        """Return the port of this machine that stands for a container's."""
        return int(self.ports[str(port)])

    def translate(self, text: str, *, service: str) -> str:
        """Say in this machine's words what a container is told."""
        text = _NAMES.sub(lambda found: f"127.0.0.1:{self.ports[found.group(1)]}", text)
        text = _LONE_PORT.sub(lambda found: self.ports[found.group(1)], text)
        text = _DIRECTORIES.sub(lambda found: str(self.place(service, f"/{found.group(1)}")), text)
        text = text.replace("/etc/caddy/Caddyfile", str(ROOT / "deploy/Caddyfile"))
        return text.replace("0.0.0.0 ", "127.0.0.1 ") if text != "0.0.0.0" else "127.0.0.1"  # noqa: S104

    def place(self, service: str, path: str) -> Path:
        """Return the directory that stands for a container's; /data/sandbox and /data/media are shared."""
        shared = (
            self.compose["services"][service].get("image", "").startswith(OF_THE_IMAGE) and path == "/data"
        )
        place = self.directory / ("shared" if shared else service) / path.strip("/")
        place.mkdir(parents=True, exist_ok=True)
        return place

    def environment(self, service: str) -> dict[str, str]:
        """Return a service's environment: the image's, then compose's."""
        definition = self.compose["services"][service]
        image = image_environment() if definition["image"].startswith(OF_THE_IMAGE) else {}
        own = {**image, **{name: str(value) for name, value in definition.get("environment", {}).items()}}
        path = [str(self._bin), str(Path(sys.executable).parent), *_tool_directories(), os.environ["PATH"]]
        return {
            **_bare_environment(self.directory),
            **{name: self.translate(value, service=service) for name, value in own.items()},
            **self._host_only(service),
            "PATH": ":".join(path),
            "SHOP_STATIC_ROOT": str(self.directory / "static"),
        }

    def command(self, service: str) -> tuple[str, ...]:
        """Return a service's command."""
        command = self.compose["services"][service]["command"]
        return tuple(self.translate(str(part), service=service) for part in command)

    def start(self, service: str, *, argv: tuple[str, ...] = (), **options: Any) -> None:
        """Start a service and leave it running."""
        environment = self.environment(service)
        given = argv or self.command(service)
        program = shutil.which(given[0], path=environment["PATH"]) or given[0]
        stop_signal = signal.Signals[self.compose["services"][service].get("stop_signal", "SIGTERM")]
        child = Child(
            service, (program, *given[1:]), environment, ROOT, **{"stop_signal": stop_signal, **options}
        )
        self.processes[service] = Process(child, self.directory / f"{service}.log")

    def run(self, service: str, *, argv: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        """Run a one-time service to its end."""
        return subprocess.run(
            argv or self.command(service),
            env=self.environment(service),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def health(self, service: str) -> subprocess.CompletedProcess[str]:
        """Run a service's own health check once."""
        test = self.compose["services"][service]["healthcheck"]["test"]
        parts = [self.translate(str(part), service=service) for part in test]
        argv = ["sh", "-c", parts[1]] if parts[0] == "CMD-SHELL" else parts[1:]
        return subprocess.run(
            argv,
            env=self.environment(service),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def await_health(self, service: str, *, seconds: float) -> None:
        """Wait until the health check is green; show the log when it does not become so."""
        process = self.processes[service]
        green = wait_until(
            lambda: process.poll() is not None or self.health(service).returncode == 0,
            seconds=seconds,
            every=1.0,  # each look is a process, beside those that are starting
        )
        log = process.log.read_text(errors="replace")[-3000:]
        assert process.poll() is None, f"{service} ended with {process.poll()}:\n{log}"
        assert green, f"{service}: {self.health(service)}\n{log}"

    def stop(self) -> dict[str, int | None]:
        """Stop everything, last started first; return the exit codes."""
        codes = {}
        for name, process in reversed(self.processes.items()):
            process.stop()
            codes[name] = process.poll()
        self.processes.clear()
        return codes

    def start_postgres(self) -> None:
        """Do what the image's entrypoint does (cluster, role, database), then run compose's command on it."""
        given = self.compose["services"]["postgres"]["environment"]
        cluster = postgres.open_cluster(
            self.directory / "postgres", password=given["POSTGRES_PASSWORD"], durable=False
        )
        here = ["-D", str(cluster.directory), "-c", f"port={self.port(5432)}"]
        here += ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"]
        argv = (cluster.binaries.program("postgres"), *self.command("postgres")[1:], *here)
        # The image asks PostgreSQL to stop with SIGINT: open transactions are rolled back.
        self.start("postgres", argv=argv, run_as=cluster.run_as, stop_signal=signal.SIGINT)
        assert wait_until(lambda: self._sql(cluster, "SELECT 1").returncode == 0, seconds=60)
        role, database = given["POSTGRES_USER"], given["POSTGRES_DB"]
        for statement in (
            f"CREATE ROLE {role} SUPERUSER LOGIN PASSWORD '{given['POSTGRES_PASSWORD']}'",
            f"CREATE DATABASE {database} OWNER {role}",
        ):
            assert self._sql(cluster, statement).returncode == 0

    def _sql(self, cluster: postgres.Cluster, statement: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [cluster.binaries.program("psql"), "-X", "-w", cluster.url(self.port(5432)), "-c", statement],
            capture_output=True,
            check=False,
        )

    def _host_only(self, service: str) -> dict[str, str]:
        """What a container has by its name or by its image, and a process of this machine must be told."""
        if service == "pgbouncer":
            return {"PGBOUNCER_SERVER_HOST": "127.0.0.1", "PGBOUNCER_LISTEN": "127.0.0.1"}
        if service == "proxy":
            return {
                "PROXY_HTTP_PORT": self.ports["8080"],
                "PROXY_HTTPS_PORT": self.ports["8443"],
                "PROXY_HEALTH_PORT": self.ports["8081"],
                "PROXY_MEDIA_ROOT": str(self.directory / "shared/data/media"),
                "PROXY_STATIC_ROOT": str(self.directory / "static"),
            }
        return {}


def _bare_environment(directory: Path) -> Mapping[str, str]:
    """Nothing of ours may help: a container starts with an almost empty environment."""
    kept = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "COVERAGE_PROCESS_START", "SSL_CERT_FILE")
    return {**{name: os.environ[name] for name in kept if name in os.environ}, "HOME": str(directory)}


def _tool_directories() -> Iterator[str]:
    """psql and pg_isready lie beside the server that the tests run on."""
    yield str(find_postgres().directory)
    yield "/usr/sbin"
