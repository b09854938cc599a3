"""The door of the pay host: verify, run the business in one transaction, sign the answer, apply faults."""

import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from shop.sandbox import faults, journal, wire
from shop.sandbox.box import Box, dumps
from shop.sandbox.callbacks import Courier
from shop.sandbox.errors import PayError, missing, param_error
from shop.sandbox.pay import auth
from shop.sandbox.schema import InvalidFieldError, Shape
from shop.sandbox.signing import signature_headers

MAX_BODY = 1_000_000
REFUSING = {"429", "500", "unsigned_4xx"}


@dataclass(frozen=True)
class Call:
    """A verified request: path parameters, query and parsed body."""

    path: dict[str, str]
    query: dict[str, str]
    body: dict[str, Any]
    serial: str  # Wechatpay-Serial of the request, "" if absent

    def param(self, name: str) -> str:
        """A required query parameter."""
        value = self.query.get(name, "")
        if not value:
            raise param_error(name, "不能为空", location="query")
        return value


@dataclass(frozen=True)
class Answer:
    """What the business answers; ``first`` are callbacks to deliver before the answer leaves."""

    body: dict[str, Any] | None = None  # None: 204
    status: int = 200
    content: bytes | None = None  # an unsigned file
    first: list[int] = field(default_factory=list)


Business = Callable[[Box, Call], Answer]
Endpoint = Callable[[Request], Awaitable[Response]]


def endpoint(box: Box, courier: Courier, business: Business, rules: Shape | None) -> Endpoint:
    """A Starlette endpoint around one business function; ``rules`` None means no body is allowed."""

    async def serve(request: Request) -> Response:
        received = await read(request)
        mode = box.setting("offline")
        if mode:
            return await (wire.drop(request) if mode == "drop" else wire.hold(request))
        with box.store.transaction():
            fault = faults.take(box.store, "answer", received.method, request.url.path)
        kind = fault.kind if fault else ""
        if kind == "timeout_before_commit":
            _log(box, request, received, 0, "timeout", kind)
            return await wire.hold(request)
        if kind == "drop":
            _log(box, request, received, 0, "dropped", kind)
            return await wire.drop(request)
        if kind in REFUSING:
            refusal = _planned_refusal(kind)
            _log(box, request, received, refusal.status, refusal.message, kind)
            return render(box, received, refusal)
        outcome = _run(box, request, received, business, rules)
        status = outcome.status if isinstance(outcome, PayError) or outcome.body is not None else 204
        why = f"{outcome.code} {outcome.message}" if isinstance(outcome, PayError) else ""
        refused_at_door = isinstance(outcome, PayError) and outcome.code == "SIGN_ERROR"
        _log(box, request, received, status, why, kind, verified=not refused_at_door)
        box.bell.set()
        if isinstance(outcome, Answer) and outcome.first:
            await courier.deliver_now(outcome.first)
        if kind == "timeout_after_commit":
            return await wire.hold(request)
        if kind == "drop_after_commit":
            return await wire.drop(request)
        return render(box, received, outcome, kind)

    return serve


async def read(request: Request) -> auth.Received:
    query = request.scope["query_string"].decode("latin-1")
    raw_path = request.scope.get("raw_path") or request.scope["path"].encode()
    path = raw_path.decode("latin-1").partition("?")[0]
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in request.headers.raw}
    return auth.Received(request.method, f"{path}?{query}" if query else path, headers, await request.body())


def _run(
    box: Box, request: Request, received: auth.Received, business: Business, rules: Shape | None
) -> Answer | PayError:
    try:
        auth.check(box, received)
        call = Call(
            path=dict(request.path_params),
            query=dict(request.query_params),
            body=_parse_body(received, rules),
            serial=received.headers.get("wechatpay-serial", ""),
        )
        with box.store.transaction():
            return business(box, call)
    except PayError as error:
        return error


def _parse_body(received: auth.Received, rules: Shape | None) -> dict[str, Any]:
    if len(received.body) > MAX_BODY:
        raise PayError(413, "PARAM_ERROR", "请求体过大")
    if rules is None:
        # Some official clients send "null" or "{}" with a bodyless POST.
        if received.body.strip() not in (b"", b"null", b"{}"):
            raise PayError(400, "PARAM_ERROR", "该接口没有请求体", number=270924358)
        return {}
    try:
        body: dict[str, Any] = json.loads(received.body)
        rules.check("", body)
    except InvalidFieldError as error:
        problem = param_error(error.path, error.issue, value=error.value)
        if error.unknown:
            problem.number = 270924358
        raise problem from error
    except (ValueError, RecursionError) as error:
        raise PayError(400, "PARAM_ERROR", "请求体不是有效的JSON") from error
    return body


def _planned_refusal(kind: str) -> PayError:
    if kind == "429":
        return PayError(429, "FREQUENCY_LIMITED", "频率限制,请降低请求频率后重试", number=268447840)
    if kind == "500":
        return PayError(500, "SYSTEM_ERROR", "系统异常,请稍后重试")
    return PayError(400, "PARAM_ERROR", "参数错误(未签名应答)", signed=False)


def render(box: Box, received: auth.Received, outcome: Answer | PayError, kind: str = "") -> Response:
    """Bytes, status and Wechatpay-* headers; ``kind`` is the planned distortion."""
    if kind == "500_after_commit":
        outcome = _planned_refusal("500")
    number = outcome.number if isinstance(outcome, PayError) else 0
    headers = {"Request-ID": f"08{secrets.token_hex(16).upper()}-{number}"}
    if isinstance(outcome, Answer) and outcome.content is not None:
        content = b"" if kind == "empty_body" else outcome.content
        return Response(content, media_type="application/octet-stream", headers=headers)
    body, status = _bytes(outcome)
    if kind == "empty_body":
        body = b""
    if not isinstance(outcome, PayError) or outcome.signed:
        headers |= signature_headers(box.identity, body, response_serial(box, received), kind)
    return Response(body, status_code=status, media_type="application/json", headers=headers)


def _bytes(outcome: Answer | PayError) -> tuple[bytes, int]:
    if isinstance(outcome, PayError):
        return dumps(outcome.body()).encode(), outcome.status
    if outcome.body is None:
        return b"", 204
    return dumps(outcome.body).encode(), outcome.status


def response_serial(box: Box, received: auth.Received) -> str:
    """The key the request asked for; without a wish, a certificate if this merchant still has one."""
    wish = received.headers.get("wechatpay-serial", "")
    if box.identity.signer(wish) is not None:
        return wish
    return box.identity.platform_serial if box.setting("certificates") else box.identity.public_key_id


def unknown(_box: Box, _call: Call) -> Answer:
    raise missing("RESOURCE_NOT_EXISTS", "接口不存在")


def _log(
    box: Box,
    request: Request,
    received: auth.Received,
    status: int,
    why: str,
    kind: str,
    *,
    verified: bool = True,
) -> None:
    with box.store.transaction():
        journal.record(
            box.store,
            method=received.method,
            path=request.url.path,
            query=request.url.query,
            status=status,
            why=why,
            body=received.body,
            fault=kind,
            verified=verified,
        )
