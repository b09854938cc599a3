"""A PostgreSQL cluster in a directory: made once, whole or not at all, then run as our own child."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from shop.embedded.binaries import PostgresBinaries, find_postgres
from shop.embedded.files import write_private
from shop.embedded.messages import EmbeddedError
from shop.embedded.ports import wait_until
from shop.embedded.process import Child, RunAs, command_line, run_to_end, step_down

USER = "shop"
DATABASE = "shop"
_SMALL_SHARED_MEMORY = 256 * 1024 * 1024


@dataclass(frozen=True)
class Cluster:
    """A data directory with the programs that fit it and the identity that may open it."""

    directory: Path
    binaries: PostgresBinaries
    run_as: RunAs
    password: str

    def url(self, port: int) -> str:
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{port}/{DATABASE}"


def open_cluster(directory: Path, *, password: str, durable: bool) -> Cluster:
    """Return the cluster in `directory`, made now if there is none.

    Raises EmbeddedError when no installed PostgreSQL fits, or when making it fails.
    """
    _finish_stale_server(directory)
    cluster = Cluster(
        directory=directory,
        binaries=find_postgres(fitting=cluster_version(directory)),
        run_as=step_down(directory),
        password=password,
    )
    if not directory.exists():
        _make_cluster(cluster, durable=durable)
    return cluster


def cluster_version(directory: Path) -> int | None:
    """Return the major version that made the cluster, None when there is no cluster."""
    if not directory.exists():
        return None
    try:
        return int((directory / "PG_VERSION").read_text().strip().partition(".")[0])
    except (FileNotFoundError, ValueError):
        raise EmbeddedError(
            f"{directory} 不是 PostgreSQL 的数据目录（没有可读的 PG_VERSION）。",
            f"{directory} is not a PostgreSQL data directory (no readable PG_VERSION).",
        ) from None


def server_child(cluster: Cluster, *, port: int, durable: bool, max_connections: int) -> Child:
    """Return how to run the server on 127.0.0.1:port."""
    settings: dict[str, str] = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        # TCP only: a socket path has 107 bytes at most, and a killed server leaves it behind.
        "unix_socket_directories": "",
        "max_connections": str(max_connections),
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] ",
        "logging_collector": "off",
        # A failed statement and its row hold personal data; the log must not.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "dynamic_shared_memory_type": _shared_memory_type(),
    }
    if not durable:
        settings |= {
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "autovacuum_naptime": "10s",
        }
    options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
    return Child(
        name="postgres",
        argv=(cluster.binaries.program("postgres"), "-D", str(cluster.directory), *options),
        env=_environment(),
        cwd=cluster.directory,
        stop_signal=signal.SIGINT,  # "fast": open transactions are rolled back, then a checkpoint
        stop_seconds=30.0,
        run_as=cluster.run_as,
        is_ready=lambda: _answers(cluster, port),
    )


def _make_cluster(cluster: Cluster, *, durable: bool) -> None:
    # In a neighbour directory first: a cluster under its final name is always a complete one.
    unfinished = cluster.directory.with_name(f"{cluster.directory.name}.new")
    password_file = cluster.directory.with_name(f"{cluster.directory.name}.password")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    write_private(password_file, cluster.password)
    if cluster.run_as.uid is not None:
        # Another uid must pass through our private directory; what lies in it stays closed.
        unfinished.parent.chmod(0o711)
        os.chown(unfinished, cluster.run_as.uid, cluster.run_as.gid or 0)
        os.chown(password_file, cluster.run_as.uid, cluster.run_as.gid or 0)
    try:
        _run(cluster, ["initdb", "-D", str(unfinished), *_initdb_options(password_file, durable=durable)])
        _run(
            cluster,
            ["postgres", "--single", "-D", str(unfinished), "postgres"],
            f"CREATE DATABASE {DATABASE}\n",
        )
    finally:
        password_file.unlink(missing_ok=True)
    unfinished.rename(cluster.directory)


def _initdb_options(password_file: Path, *, durable: bool) -> list[str]:
    # Never the machine's locale. Under plain "C" Chinese characters are no letters; macOS has no C.UTF-8.
    locale = (
        ["--lc-collate=C", "--lc-ctype=en_US.UTF-8"] if sys.platform == "darwin" else ["--locale=C.UTF-8"]
    )
    options = ["-U", USER, f"--pwfile={password_file}", "--auth=scram-sha-256", "--encoding=UTF8", *locale]
    return options if durable else [*options, "--no-sync"]


def _run(cluster: Cluster, argv: list[str], text: str = "") -> None:
    program = cluster.binaries.program(argv[0])
    done = run_to_end(
        Child(argv[0], (program, *argv[1:]), _environment(), Path("/"), run_as=cluster.run_as), text
    )
    if done.returncode != 0:
        raise EmbeddedError(
            f"无法建立 PostgreSQL 数据目录（{argv[0]} 退出码 {done.returncode}）。",
            f"The PostgreSQL data directory could not be made ({argv[0]} exit code {done.returncode}).",
            detail=(done.stdout + done.stderr)[-2000:],
        )


def _answers(cluster: Cluster, port: int) -> bool:
    """Log in and ask, the way a client would: a listening socket alone is not a ready server."""
    question = [
        "-X",
        "-w",
        "-At",
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
        "-U",
        USER,
        "-d",
        DATABASE,
        "-c",
        "SELECT 1",
    ]
    done = subprocess.run(
        [cluster.binaries.program("psql"), *question],
        env={**_environment(), "PGPASSWORD": cluster.password, "PGCONNECT_TIMEOUT": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() == "1"


def _finish_stale_server(directory: Path) -> None:
    """Clear the way after a crash: stop a server that still runs there, remove a dead one's pid file.

    The caller holds the directory's lock. A pid that another program has got meanwhile would make
    PostgreSQL refuse to start.
    """
    pid_file = directory / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return
    if str(directory) in command_line(pid):
        os.kill(pid, signal.SIGINT)
        wait_until(lambda: str(directory) not in command_line(pid), seconds=30)
        return
    pid_file.unlink()


def _environment() -> dict[str, str]:
    """Our environment without PG* (they redirect the programs) and with a locale that every machine has."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return kept | {"LC_ALL": "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"}


def _shared_memory_type() -> str:
    """Containers often have a tiny /dev/shm; there plain files serve."""
    if sys.platform != "linux":
        return "posix"
    try:
        room = os.statvfs("/dev/shm")  # noqa: S108  we only look at its size
    except OSError:
        return "mmap"
    return "posix" if room.f_frsize * room.f_blocks >= _SMALL_SHARED_MEMORY else "mmap"
