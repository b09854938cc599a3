"""Content security. Words and addresses decide, so that a test can choose the verdict.

Text is ``risky`` or ``review`` when it contains one of the words of the settings ``risky_words`` /
``review_words``. A medium is ``risky`` or ``review`` when its address contains that very word.
"""

import secrets
from typing import Any

from shop.sandbox.box import Box
from shop.sandbox.errors import MiniError
from shop.sandbox.events import queue_event
from shop.sandbox.mini.calls import MiniCall
from shop.sandbox.schema import Number, Text, shape

ACTIVE_SECONDS = 2 * 3600
LABELS = {"pass": 100, "review": 21000, "risky": 20006}

TEXT = shape(
    version=Number(required=True),
    openid=Text(required=True),
    scene=Number(required=True),
    content=Text(required=True, high=2500),
    title=Text(high=2500),
    nickname=Text(high=2500),
    signature=Text(high=2500),
)
MEDIA = shape(
    version=Number(required=True),
    openid=Text(required=True),
    scene=Number(required=True),
    media_url=Text(required=True, high=1024, pattern=r"https?://.+"),
    media_type=Number(required=True, choices=(1, 2)),
)


def check_text(box: Box, call: MiniCall) -> dict[str, Any]:
    """msg_sec_check version 2: an answer at once."""
    _check_caller(box, call.body)
    text = " ".join(call.body.get(name) or "" for name in ("content", "title", "nickname", "signature"))
    suggest = "pass"
    if any(word in text for word in box.setting("review_words")):
        suggest = "review"
    if any(word in text for word in box.setting("risky_words")):
        suggest = "risky"
    result = {"suggest": suggest, "label": LABELS[suggest]}
    detail = [{"strategy": "content_model", "errcode": 0, **result, "prob": 90}]
    return {"errcode": 0, "errmsg": "ok", "trace_id": _trace(), "result": result, "detail": detail}


def check_media(box: Box, call: MiniCall) -> dict[str, Any]:
    """media_check_async: the verdict comes later by message push, as event wxa_media_check."""
    body = call.body
    _check_caller(box, body)
    suggest = next((word for word in ("risky", "review") if word in body["media_url"]), "pass")
    trace, result = _trace(), {"suggest": suggest, "label": LABELS[suggest]}
    fields = {
        "appid": box.identity.appid,
        "trace_id": trace,
        "version": 2,
        "detail": [{"strategy": "content_model", "errcode": 0, **result, "prob": 90}],
        "errcode": 0,
        "errmsg": "ok",
        "result": result,
    }
    queue_event(box, "wxa_media_check", body["openid"], fields, reference=trace)
    return {"errcode": 0, "errmsg": "ok", "trace_id": trace}


def _check_caller(box: Box, body: dict[str, Any]) -> None:
    if body["version"] != 2:
        raise MiniError(40097, "invalid args: version must be 2")
    user = box.user(body["openid"])
    if user is None:
        raise MiniError(40003, "invalid openid")
    if not 1 <= body["scene"] <= 4:
        raise MiniError(40129, "invalid scene")
    if box.now() - user["active_at"] > ACTIVE_SECONDS:
        raise MiniError(61010, "code is expired")


def _trace() -> str:
    return f"{secrets.token_hex(4)}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
