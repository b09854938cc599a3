"""The ASGI application: both hosts, the control plane and the page on one address."""

import logging
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from shop.sandbox import routes
from shop.sandbox.box import Box
from shop.sandbox.callbacks import Courier
from shop.sandbox.control import gate as control_gate
from shop.sandbox.mini import gate as mini_gate
from shop.sandbox.page import view
from shop.sandbox.pay import gate as pay_gate

_logger = logging.getLogger("shop.sandbox")


def build(box: Box, courier: Courier) -> Starlette:
    """Assemble the routes. Unknown paths of either host answer in that host's own way."""
    table: list[BaseRoute] = []
    for method, path, business, rules in routes.PAY:
        table.append(_route(method, path, pay_gate.endpoint(box, courier, business, rules)))
    for method, path, action, body_rules, needs_token in routes.MINI:
        serve = mini_gate.endpoint(box, action, body_rules, token=needs_token)
        table.append(_route(method, path, serve))
    for method, path, order in routes.CONTROL:
        table.append(_route(method, path, control_gate.endpoint(box, courier, order)))
    table.append(_route("GET", "/", _page(box)))
    every = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    lost_pay = pay_gate.endpoint(box, courier, pay_gate.unknown, None)
    table.append(Route("/v3/{rest:path}", lost_pay, methods=every))
    lost_mini = mini_gate.endpoint(box, mini_gate.unknown, None, token=False)
    table.extend(
        Route(f"/{root}/{{rest:path}}", lost_mini, methods=every) for root in ("wxa", "cgi-bin", "sns")
    )
    return Starlette(routes=table, exception_handlers={Exception: _bug})


async def _bug(request: Request, error: Exception) -> Response:
    """Our own mistake: the transaction is rolled back; say so loudly."""
    _logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return Response(b"sandbox bug, see its log", status_code=500)


def _page(box: Box) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        return view.render(box, request)

    return serve


def _route(method: str, path: str, serve: Callable[[Request], Awaitable[Response]]) -> Route:
    return Route(path, serve, methods=[method])
