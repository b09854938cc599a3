"""A closed loop of callers, each over its own kept connection, as lean as Python allows.

The client shares the machine with the server it measures, so it does as little as it can: requests are
written as bytes, of an answer only the status is read and the body handed on.
"""

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_TIMEOUT_SECONDS = 60.0


class Line:
    """One kept HTTP/1.1 connection to a server that answers with Content-Length."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._host = parts.netloc
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout=_TIMEOUT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def call(self, method: str, path: str, body: bytes = b"", headers: str = "") -> tuple[int, bytes]:
        """Send a request; return status and body. ``headers`` are whole lines with their ends."""
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/json\r\n"
            f"{headers}Content-Length: {len(body)}\r\n\r\n"
        )
        self._socket.sendall(head.encode() + body)
        return self._answer()

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _answer(self) -> tuple[int, bytes]:
        answer = self._rest
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self._receive()
        head, start = answer[:end].lower(), end + 4
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        while len(answer) < start + length:
            answer += self._receive()
        self._rest = answer[start + length :]
        return int(head.split(b" ", 2)[1]), answer[start : start + length]

    def _receive(self) -> bytes:
        part = self._socket.recv(65536)
        if not part:
            raise ConnectionError("The server hung up.")
        return part


@dataclass
class Load:
    """What a closed loop did: how many rounds in how many seconds, and how long each took."""

    done: int = 0
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Return rounds per second."""
        return self.done / self.seconds

    def milliseconds(self, share: float) -> float:
        """Return the latency that this share of the rounds did not exceed."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def closed_loop(caller: Callable[[int], Callable[[], None]], *, callers: int, seconds: float) -> Load:
    """Let ``callers`` repeat their round for ``seconds``; ``caller(n)`` prepares one and returns its round.

    The first failure ends the run and is raised: a figure with errors in it is no figure.
    """
    rounds = [caller(number) for number in range(callers)]
    latencies: list[list[float]] = [[] for _ in rounds]
    failures: list[Exception] = []
    barrier = threading.Barrier(callers + 1)
    enough = threading.Event()

    def run(number: int) -> None:
        barrier.wait()
        try:
            while not enough.is_set():
                began = time.perf_counter()
                rounds[number]()
                latencies[number].append(time.perf_counter() - began)
        except Exception as error:  # noqa: BLE001  raised below, in the caller's thread
            failures.append(error)
            enough.set()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(callers)]
    for thread in threads:
        thread.start()
    barrier.wait()
    began = time.perf_counter()
    enough.wait(seconds)
    enough.set()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - began
    if failures:
        raise failures[0]
    flat = [latency for one in latencies for latency in one]
    return Load(done=len(flat), seconds=taken, latencies=flat)
