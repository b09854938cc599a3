"""A Redis (or Valkey) in a directory, run as our own child."""

import signal
import socket
from pathlib import Path

from shop.embedded.files import make_private_directory, write_private
from shop.embedded.process import Child, owner_of

_DATABASES = 64


def server_child(directory: Path, *, program: Path, port: int, password: str, durable: bool) -> Child:
    """Return how to run the server on 127.0.0.1:port; writes its configuration (`ps` shows no password)."""
    make_private_directory(directory)
    configuration = directory / "redis.conf"
    write_private(configuration, _configuration(directory, port=port, password=password, durable=durable))
    return Child(
        name="redis",
        argv=(str(program), str(configuration)),
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        cwd=directory,
        stop_signal=signal.SIGTERM,
        run_as=owner_of(directory),
        is_ready=lambda: _answers(port, password),
    )


def url(port: int, password: str) -> str:
    """Return the address of database 0."""
    return f"redis://:{password}@127.0.0.1:{port}/0"


def _configuration(directory: Path, *, port: int, password: str, durable: bool) -> str:
    quoted = str(directory).replace("\\", "\\\\").replace('"', '\\"')
    lines = [
        "bind 127.0.0.1",
        f"port {port}",
        f"requirepass {password}",
        f'dir "{quoted}"',
        f"databases {_DATABASES}",
        "maxmemory-policy noeviction",  # queues and quotas must never be thrown away silently
        f"appendonly {'yes' if durable else 'no'}",
        "appendfsync everysec",
        'save ""',
        "daemonize no",
    ]
    return "\n".join(lines) + "\n"


def _answers(port: int, password: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=3) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2:
                part = connection.recv(256)
                if not part:
                    return False
                answer += part
    except OSError:
        return False
    # While it loads its data it answers -LOADING.
    return answer == b"+OK\r\n+PONG\r\n"
