"""The door of the control plane: JSON in, JSON out, one transaction, plain errors."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from shop.sandbox.box import Box
from shop.sandbox.callbacks import Courier
from shop.sandbox.errors import ControlError
from shop.sandbox.settings import BadSettingError


@dataclass(frozen=True)
class Order:
    """A control request: path parameters, query, body."""

    path: dict[str, str]
    query: dict[str, str]
    body: dict[str, Any]

    def text(self, name: str, default: str = "") -> str:
        value = self.body.get(name, default)
        if not isinstance(value, str):
            raise ControlError(400, "BAD_REQUEST", f"{name} must be a string")
        return value

    def whole(self, name: str, default: int) -> int:
        value = self.body.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ControlError(400, "BAD_REQUEST", f"{name} must be an integer")
        return value


@dataclass(frozen=True)
class Done:
    """The answer; callbacks in ``first`` are delivered before it leaves, ``copies`` of each at once."""

    body: dict[str, Any]
    first: list[int] = field(default_factory=list)
    copies: int | None = None


Action = Callable[[Box, Order], Done | dict[str, Any]]
Endpoint = Callable[[Request], Awaitable[Response]]


def endpoint(box: Box, courier: Courier, action: Action) -> Endpoint:
    async def serve(request: Request) -> Response:
        try:
            order = Order(dict(request.path_params), dict(request.query_params), await _body(request))
            with box.store.transaction():
                done = action(box, order)
        except ControlError as error:
            return JSONResponse({"code": error.code, "message": error.message}, status_code=error.status)
        except BadSettingError as error:
            return JSONResponse({"code": "BAD_SETTING", "message": str(error)}, status_code=400)
        box.bell.set()
        if isinstance(done, dict):
            return JSONResponse(done)
        if done.first:
            await courier.deliver_now(done.first, copies=done.copies)
        return JSONResponse(done.body)

    return serve


async def _body(request: Request) -> dict[str, Any]:
    raw = await request.body()
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ControlError(400, "BAD_JSON", "the body is not JSON") from error
    if not isinstance(body, dict):
        raise ControlError(400, "BAD_JSON", "the body must be an object")
    return body
