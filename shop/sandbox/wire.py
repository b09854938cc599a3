"""Things done to a connection that no polite server does."""

import asyncio
import os
import socket
import stat

from starlette.requests import Request
from starlette.responses import Response

HOLD_SECONDS = 30.0


async def hold(request: Request) -> Response:
    """Say nothing until the client gives up, at most HOLD_SECONDS; other requests go on."""
    try:
        async with asyncio.timeout(HOLD_SECONDS):
            while (await request.receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return Response(status_code=504)
    return Response(status_code=499)


async def drop(request: Request) -> Response:
    """Cut the connection without an answer, as an unreachable host does."""
    client = request.client
    if client is not None:
        _cut(client.host, int(client.port))
    return await hold(request)


def _cut(host: str, port: int) -> None:
    """Find the connection among our file descriptors by its peer and shut it down."""
    for name in os.listdir("/dev/fd"):
        try:
            if not stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                continue
            with socket.socket(fileno=os.dup(int(name))) as candidate:
                if candidate.getpeername()[:2] == (host, port):
                    candidate.shutdown(socket.SHUT_RDWR)
                    return
        except OSError:
            continue
