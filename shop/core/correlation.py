"""The thread that ties one request to its log lines, audit entries, events and Celery tasks."""

import re
import uuid

import structlog

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
    value = structlog.contextvars.get_contextvars().get("client_ip", "")
    return str(value)
