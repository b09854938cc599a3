"""The thread that ties one request to its log lines, audit entries, events and Celery tasks."""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import structlog

# Beside the log's context, not in it: an address is personal data, so only audit and rate limits see it.
_client_ip: ContextVar[str] = ContextVar("client_ip", default="")

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)


def accept_request_id(offered: str | None) -> str:
    """Return the id a client or proxy offered if it is harmless to print, else a new one."""
    if offered and REQUEST_ID.fullmatch(offered):
        return offered
    return uuid.uuid4().hex


def current_request_id() -> str:
    """Return the id of the request (or of the request that caused this task); empty outside any."""
    value = structlog.contextvars.get_contextvars().get("request_id", "")
    return str(value)


def current_ip() -> str:
    """Return the client's address while a request is being answered; empty outside any."""
    return _client_ip.get()


@contextmanager
def request_context(*, request_id: str, ip: str) -> Iterator[None]:
    """Bind a request's id and address to everything that happens inside the block, and nothing older."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)
    token = _client_ip.set(ip)
    try:
        yield
    finally:
        _client_ip.reset(token)
        structlog.contextvars.clear_contextvars()
