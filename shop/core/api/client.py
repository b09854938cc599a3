"""Where a request really comes from."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request


def client_ip(request: HttpRequest | Request) -> str:
    """Return the client's address."""
    return address_in(request.META)


def address_in(environ: Mapping[str, Any]) -> str:
    """Return the client's address out of a request's WSGI environment.

    Every trusted proxy appends the address it saw to ``X-Forwarded-For``, so with ``SHOP_TRUSTED_PROXIES``
    = n the client is the n-th entry from the right; whatever stands further left was written by the client
    and proves nothing. With no trusted proxy the header is ignored.
    """
    remote = str(environ.get("REMOTE_ADDR") or "")
    proxies = settings.SHOP_TRUSTED_PROXIES
    if proxies <= 0:
        return remote
    hops = [hop.strip() for hop in str(environ.get("HTTP_X_FORWARDED_FOR", "")).split(",") if hop.strip()]
    return hops[-proxies] if len(hops) >= proxies and _is_address(hops[-proxies]) else remote


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_forwarded(request: HttpRequest) -> bool:
    """Return whether any proxy header is present: the request did not come straight from its client."""
    return any(name in request.META for name in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP"))
