"""HTTP to WeChat, shared by both clients: pooled sessions, hard limits, no surprises.

Environment proxies and ``.netrc`` are never used (``trust_env`` off): a netrc entry would overwrite our
Authorization header, and a proxy of the machine is not meant for money. Merchants whose WeChat IP allow-list
needs a fixed way out name it explicitly in ``WECHAT_PROXY_URL``. Redirects are never followed: a signature is
good for one address.
"""

import contextlib
import logging
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import requests
import urllib3
from django.conf import settings

from shop.core.network import Deadline
from shop.wechat.outcomes import UnknownReason

USER_AGENT = "Jishi/1 (Python requests)"
MAX_ANSWER_BYTES = 4 * 1024 * 1024
_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Limits:
    """Seconds. ``guarded`` calls hold a bulkhead place and ask the breaker."""

    connect: float
    read: float
    total: float
    guarded: bool


IN_REQUEST = Limits(connect=1.5, read=3.0, total=3.0, guarded=True)
BACKGROUND = Limits(connect=3.0, read=10.0, total=15.0, guarded=False)
DOWNLOAD = Limits(connect=3.0, read=10.0, total=300.0, guarded=False)


@dataclass(frozen=True)
class Answer:
    """What arrived: status, headers (any case) and the exact bytes of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Sink(Protocol):
    """Where a large body goes, piece by piece."""

    def write(self, data: bytes, /) -> object: ...


class NoAnswer(Exception):
    """Nothing usable came back. ``sent`` is False only when no connection came about."""

    def __init__(self, reason: UnknownReason, *, sent: bool) -> None:
        super().__init__(reason.value)
        self.reason, self.sent = reason, sent


_local = threading.local()

# At DEBUG urllib3 logs whole addresses, and ours carry access tokens, login codes and the app secret.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


def session() -> requests.Session:
    """This thread's session; a forked child makes its own, because sockets must not be shared."""
    if getattr(_local, "pid", None) != os.getpid():
        made = requests.Session()
        made.trust_env = False
        made.headers.clear()
        _local.session, _local.pid = made, os.getpid()
    found: requests.Session = _local.session
    return found


def send(
    request: requests.PreparedRequest,
    *,
    limits: Limits,
    deadline: Deadline,
    sink: Sink | None = None,
    max_bytes: int = MAX_ANSWER_BYTES,
) -> Answer:
    """Send once and read the whole answer; raises NoAnswer. A 200's body goes to ``sink`` if one is given."""
    left = _left(deadline)
    timeout = urllib3.Timeout(total=left, connect=min(limits.connect, left), read=min(limits.read, left))
    proxy = settings.WECHAT_PROXY_URL
    try:
        response = session().send(
            request,
            stream=True,
            timeout=timeout,  # type: ignore[arg-type]  # requests takes urllib3's Timeout as well
            allow_redirects=False,
            proxies={"http": proxy, "https": proxy} if proxy else {},
        )
    except requests.RequestException as error:
        raise _no_answer(error) from None
    with contextlib.closing(response):
        into = sink if response.status_code == 200 else None
        body = _read(response, limits=limits, deadline=deadline, sink=into, max_bytes=max_bytes)
    return Answer(response.status_code, response.headers, body)


def _read(
    response: requests.Response, *, limits: Limits, deadline: Deadline, sink: Sink | None, max_bytes: int
) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        _tighten(response, min(limits.read, _left(deadline)))
        try:
            chunk = response.raw.read1(_CHUNK, decode_content=True)
        except urllib3.exceptions.TimeoutError:
            raise NoAnswer(UnknownReason.TIMEOUT, sent=True) from None
        except (urllib3.exceptions.HTTPError, OSError):
            raise NoAnswer(UnknownReason.BROKEN_CONNECTION, sent=True) from None
        if not chunk:
            return b"".join(parts)
        size += len(chunk)
        if size > max_bytes:
            raise NoAnswer(UnknownReason.TOO_LARGE, sent=True)
        if sink is None:
            parts.append(chunk)
        else:
            sink.write(chunk)


def _left(deadline: Deadline) -> float:
    """Seconds left; raises NoAnswer when none are. A time-out of 0 would mean 'do not wait at all'."""
    left = deadline.remaining()
    if left <= 0:
        raise NoAnswer(UnknownReason.TIMEOUT, sent=True)
    return left


def _tighten(response: requests.Response, seconds: float) -> None:
    """Shorten the socket's own time-out, so that a trickling body cannot outlive the deadline."""
    socket = getattr(getattr(response.raw, "connection", None), "sock", None)
    if socket is not None:
        socket.settimeout(seconds)


def _no_answer(error: requests.RequestException) -> NoAnswer:
    """Tell 'never connected' from 'perhaps sent'. Only certainty counts as unsent."""
    if isinstance(error, requests.ConnectTimeout):
        return NoAnswer(UnknownReason.NOT_CONNECTED, sent=False)
    if isinstance(error, requests.Timeout):
        return NoAnswer(UnknownReason.TIMEOUT, sent=True)
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError):
        return NoAnswer(UnknownReason.NOT_CONNECTED, sent=False)
    return NoAnswer(UnknownReason.BROKEN_CONNECTION, sent=True)
