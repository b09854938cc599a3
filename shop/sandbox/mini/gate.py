"""The door of the mini-program host: token, body, faults; errors are HTTP 200 with errcode."""

import json
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from shop.sandbox import faults, journal, wire
from shop.sandbox.box import Box, dumps
from shop.sandbox.errors import MiniError
from shop.sandbox.mini import tokens
from shop.sandbox.mini.calls import Business, MiniCall, Picture
from shop.sandbox.schema import InvalidFieldError, Shape

MAX_BODY = 1_000_000
_MESSAGES = {45009: "reach max api daily quota limit", -1: "system error, please try again later"}


Endpoint = Callable[[Request], Awaitable[Response]]


def endpoint(box: Box, business: Business, rules: Shape | None, *, token: bool = True) -> Endpoint:
    """A Starlette endpoint around one business function; ``token`` demands a valid access_token."""

    async def serve(request: Request) -> Response:
        raw = await request.body()
        mode = box.setting("offline")
        if mode:
            return await (wire.drop(request) if mode == "drop" else wire.hold(request))
        with box.store.transaction():
            fault = faults.take(box.store, "answer", request.method, request.url.path)
        kind = fault.kind if fault else ""
        if kind in ("timeout_before_commit", "drop"):
            _log(box, request, raw, kind, kind)
            return await (wire.hold(request) if kind == "timeout_before_commit" else wire.drop(request))
        if fault and kind in ("429", "500", "errcode"):
            code = 45009 if kind == "429" else fault.errcode
            _log(box, request, raw, f"planned {kind}", kind)
            text = _MESSAGES.get(code, "planned error")
            return _json(_failure(MiniError(code, text)), 500 if kind == "500" else 200)
        outcome, why = _run(box, request, raw, business, rules, token)
        _log(box, request, raw, why, kind)
        box.bell.set()
        if kind == "timeout_after_commit":
            return await wire.hold(request)
        if kind == "drop_after_commit":
            return await wire.drop(request)
        if kind == "empty_body":
            return Response(b"", media_type="application/json")
        if kind == "500_after_commit":
            return Response(b"", status_code=500)
        if isinstance(outcome, Picture):
            return Response(outcome.content, media_type=outcome.media_type)
        return _json(outcome)

    return serve


def _run(
    box: Box, request: Request, raw: bytes, business: Business, rules: Shape | None, token: bool
) -> tuple[dict[str, Any] | Picture, str]:
    query = dict(request.query_params)
    try:
        with box.store.transaction():
            if not box.setting("ip_allowed"):
                raise MiniError(40164, "invalid ip 127.0.0.1, not in whitelist")
            if token:
                tokens.check(box, query.get("access_token", ""))
            call = MiniCall(query=query, body=_parse(raw, rules))
            return business(box, call), ""
    except MiniError as error:
        return _failure(error), f"{error.errcode} {error.errmsg}"


def _parse(raw: bytes, rules: Shape | None) -> dict[str, Any]:
    if rules is None:
        return {}
    if len(raw) > MAX_BODY:
        raise MiniError(45002, "content size out of limit")
    try:
        body: dict[str, Any] = json.loads(raw or b"null")
    except (ValueError, RecursionError) as error:
        raise MiniError(47001, "data format error") from error
    try:
        rules.check("", body)
    except InvalidFieldError as error:
        raise MiniError(40097 if not error.unknown else 47001, f"invalid args: {error}") from error
    return body


def _failure(error: MiniError) -> dict[str, Any]:
    rid = f"{secrets.token_hex(4)}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
    return {"errcode": error.errcode, "errmsg": f"{error.errmsg} rid: {rid}"}


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(dumps(body), status_code=status, media_type="application/json; encoding=utf-8")


def unknown(_box: Box, _call: MiniCall) -> dict[str, Any]:
    raise MiniError(40066, "invalid url")


def _log(box: Box, request: Request, raw: bytes, why: str, kind: str) -> None:
    with box.store.transaction():
        journal.record(
            box.store,
            method=request.method,
            path=request.url.path,
            query=request.url.query,
            status=200,
            why=why,
            body=raw,
            fault=kind,
            verified=not why.startswith(("40001", "40014", "41001", "42001")),
        )
