"""Free TCP ports, and waiting for what listens on them."""

import errno
import secrets
import socket
import time
from collections.abc import Callable

from shop.embedded.messages import EmbeddedError

# Below the ports that the kernel hands to outgoing connections: a client that keeps knocking on a port of
# that range while the server restarts may connect to itself and hold the port for good.
_LOWEST, _HIGHEST = 15000, 32000


def is_free(host: str, port: int) -> bool:
    """Tell whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def pick_port(*, wanted: int | None = None) -> int:
    """Return a free port of 127.0.0.1, `wanted` if that is free."""
    if wanted is not None and is_free("127.0.0.1", wanted):
        return wanted
    for _ in range(200):
        port = _LOWEST + secrets.randbelow(_HIGHEST - _LOWEST)
        if is_free("127.0.0.1", port):
            return port
    raise EmbeddedError("找不到空闲端口。", "No free port was found.")


def wait_until(condition: Callable[[], bool], *, seconds: float, every: float = 0.03) -> bool:
    """Ask until it is true; False when `seconds` have passed."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True
