"""PostgreSQL and Redis for one data directory.

    services = start_services(Path("var"), durable=True)
    ...  # services.database_url, services.redis_url
    services.stop()

The supervisor takes the same plan (`plan_services`) and watches over the children itself.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from shop.embedded import postgres, redis_server
from shop.embedded.binaries import find_redis
from shop.embedded.files import (
    full_path,
    leave_to_owner,
    make_private_directory,
    read_json,
    rotate,
    tail,
    write_json,
)
from shop.embedded.locking import DataLock
from shop.embedded.messages import EmbeddedError
from shop.embedded.ports import pick_port, wait_until
from shop.embedded.process import Child, Process
from shop.embedded.registry import Registry

START_SECONDS = 60.0
_ATTEMPTS = 3
LOG_LIMIT = 10 * 1024 * 1024
_PORT_TAKEN = ("Address already in use", "could not bind", "Could not create server TCP listening socket")


@dataclass(frozen=True)
class ServicePlan:
    """The children to start, and where they will answer."""

    children: tuple[Child, ...]
    database_url: str
    redis_url: str


@dataclass
class Services:
    """Running services. `stop()` ends them, Redis first; safe to call twice."""

    database_url: str
    redis_url: str
    _processes: list[Process] = field(default_factory=list)
    _cleanup: list[Callable[[], None]] = field(default_factory=list)

    @property
    def pids(self) -> dict[str, int]:
        return {process.child.name: process.pid for process in self._processes}

    @property
    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}

    def stop(self) -> None:
        while self._processes:
            self._processes.pop().stop()
        while self._cleanup:
            self._cleanup.pop()()


def start_services(
    data: Path,
    *,
    durable: bool,
    max_connections: int = 100,
    database_url: str | None = None,
    redis_url: str | None = None,
) -> Services:
    """Start what is not given by URL, wait until it answers, and return it.

    `durable=False` trades safety for speed (no fsync, no append-only file): for tests alone. Call it from the
    main thread: the services die with the thread that started them. Raises EmbeddedError with the last log
    lines.
    """
    data = make_private_directory(full_path(data))
    lock = DataLock(data)
    services = Services(database_url or "", redis_url or "", _cleanup=[lock.release])
    try:
        registry = Registry(data / "run")
        registry.end_leftovers()
        _start(services, data, registry, durable=durable, max_connections=max_connections)
    except BaseException:
        services.stop()
        raise
    return services


def _start(
    services: Services, data: Path, registry: Registry, *, durable: bool, max_connections: int
) -> None:
    given = (services.database_url, services.redis_url)
    for attempt in range(1, _ATTEMPTS + 1):
        plan = plan_services(
            data,
            durable=durable,
            max_connections=max_connections,
            database_url=given[0] or None,
            redis_url=given[1] or None,
        )
        try:
            for child in plan.children:
                process = Process(child, prepare_log(data, child.name))
                services._processes.append(process)
                services._cleanup.append(partial(registry.forget, child.name))
                registry.record(process)
                wait_for(process, seconds=START_SECONDS)
        except EmbeddedError as error:
            # Somebody took the port between our look and the server's: try others.
            if attempt == _ATTEMPTS or not any(sign in error.detail for sign in _PORT_TAKEN):
                raise
            while services._processes:
                services._processes.pop().stop()
            continue
        services.database_url, services.redis_url = plan.database_url, plan.redis_url
        return


def plan_services(
    data: Path,
    *,
    durable: bool,
    max_connections: int = 100,
    database_url: str | None = None,
    redis_url: str | None = None,
) -> ServicePlan:
    """Prepare the data directories (initdb on first use) and return how to run the servers.

    Ports and passwords stay the same from run to run as long as the ports are free; they lie in
    `<data>/services.json` (0600). The caller holds the data directory's lock.
    """
    state = _load_state(data)
    children: list[Child] = []
    if not database_url:
        port = int(state["postgres_port"])
        cluster = postgres.open_cluster(
            data / "postgres", password=state["postgres_password"], durable=durable
        )
        children.append(
            postgres.server_child(cluster, port=port, durable=durable, max_connections=max_connections)
        )
        database_url = cluster.url(port)
    if not redis_url:
        port, password = int(state["redis_port"]), str(state["redis_password"])
        children.append(
            redis_server.server_child(
                data / "redis", program=find_redis(), port=port, password=password, durable=durable
            )
        )
        redis_url = redis_server.url(port, password)
    return ServicePlan(tuple(children), database_url, redis_url)


def prepare_log(data: Path, name: str) -> Path:
    """Return the log file of a child, set aside first when it has grown large."""
    log = make_private_directory(data / "logs") / f"{name}.log"
    rotate(log, limit=LOG_LIMIT, keep=3)
    if not log.exists():
        log.touch(mode=0o600)
        leave_to_owner(log)
    return log


def wait_for(process: Process, *, seconds: float) -> None:
    """Wait until the child answers; EmbeddedError with the log's end if it dies or takes too long."""
    child = process.child
    answered = wait_until(lambda: process.poll() is not None or child.is_ready(), seconds=seconds)
    if answered and process.poll() is None:
        return
    code = process.poll()
    process.kill()
    fate_zh, fate_en = ("没有在限时内就绪", "did not answer in time")
    if code is not None:
        fate_zh, fate_en = (f"启动失败（退出码 {code}）", f"failed to start (exit code {code})")
    raise EmbeddedError(
        f"{child.name} {fate_zh}，日志末尾：",
        f"{child.name} {fate_en}; the end of its log:",
        detail=tail(process.log, 15),
    )


def _load_state(data: Path) -> dict[str, Any]:
    path = data / "services.json"
    state = read_json(path)
    wanted = {name: state.get(name) for name in ("postgres_port", "redis_port")}
    fresh: dict[str, Any] = {name: pick_port(wanted=port) for name, port in wanted.items()}
    for name in ("postgres_password", "redis_password"):
        fresh[name] = state.get(name) or secrets.token_hex(16)
    if fresh != state:
        write_json(path, fresh)
    return fresh
