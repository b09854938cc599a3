"""The merchant's callback address, for tests: remembers what arrives and answers as told."""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Delivery:
    """One HTTP request received."""

    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    at: float


@dataclass
class Mailbox:
    """One callback address. ``answer`` gives (status, body) for the n-th delivery, counted from 0."""

    url: str
    answer: Callable[[int], tuple[int, bytes]] = lambda _n: (204, b"")
    received: list[Delivery] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def wait(self, count: int = 1, seconds: float = 10) -> list[Delivery]:
        """Until ``count`` deliveries have arrived; AssertionError after ``seconds``."""
        with self.changed:
            arrived = self.changed.wait_for(lambda: len(self.received) >= count, timeout=seconds)
        assert arrived, f"{len(self.received)} of {count} deliveries arrived"
        return list(self.received)


class Listener:
    """A real HTTP server on a free port; every mailbox has its own path."""

    def __init__(self) -> None:
        self.boxes: dict[str, Mailbox] = {}
        self._server = _Server(("127.0.0.1", 0), _handler(self.boxes))
        self.base_url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def mailbox(self, path: str = "") -> Mailbox:
        path = path or f"/notify/{secrets.token_hex(6)}"
        self.boxes[path] = Mailbox(self.base_url + path)
        return self.boxes[path]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def _handler(boxes: dict[str, Mailbox]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            box = boxes[parts.path]
            headers = {name.lower(): value for name, value in self.headers.items()}
            with box.changed:
                number = len(box.received)
                box.received.append(Delivery(parts.path, parts.query, headers, body, time.time()))
                box.changed.notify_all()
            status, content = box.answer(number)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if content:
                self.wfile.write(content)

        def do_POST(self) -> None:
            self._serve()

        def do_GET(self) -> None:
            self._serve()

        def log_message(self, *_: object) -> None:
            """Quiet: the tests say what arrived."""

    return Handler
