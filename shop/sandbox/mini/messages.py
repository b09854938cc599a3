"""Subscribe messages: grants, templates and the value rules by key type."""

import json
import re
from typing import Any

from shop.sandbox.box import Box
from shop.sandbox.errors import MiniError
from shop.sandbox.mini import links
from shop.sandbox.mini.calls import MiniCall
from shop.sandbox.schema import AnyObject, Text, shape

SEND = shape(
    touser=Text(required=True, low=0, high=128),
    template_id=Text(required=True, low=0, high=128),
    page=Text(low=0, high=1024),
    data=AnyObject(required=True),
    miniprogram_state=Text(choices=("developer", "trial", "formal")),
    lang=Text(choices=("zh_CN", "en_US", "zh_HK", "zh_TW")),
)

_DATE = r"\d{4}(?:年\d{1,2}月\d{1,2}日|-\d{1,2}-\d{1,2}|/\d{1,2}/\d{1,2})"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?"
_TIME = rf"(?:{_DATE} ?)?{_CLOCK}(?: ?~ ?(?:{_DATE} ?)?{_CLOCK})?"
VALUES = {
    "thing": r".{1,20}",
    "number": r"-?\d{1,32}(?:\.\d{1,30})?",
    "letter": r"[A-Za-z]{1,32}",
    "symbol": r"[^\w\s]{1,5}",
    "character_string": r"[\x21-\x7e][\x20-\x7e]{0,31}",
    "time": rf"{_TIME}|{_DATE}",
    "date": rf"{_DATE}(?: ?{_CLOCK})?(?: ?~ ?{_DATE}(?: ?{_CLOCK})?)?",
    "amount": r"[¥￥$€£]?\d{1,10}(?:\.\d{1,2})?元?",
    "phone_number": r"[\d+\-() ]{1,17}",
    "car_number": r"[\u4e00-\u9fffA-Z0-9·]{1,8}",
    "name": r"[\u4e00-\u9fff·]{1,10}|[A-Za-z .'\-]{1,20}",
    "phrase": r"[\u4e00-\u9fff]{1,5}",
}
_KEY = re.compile(r"([a-z_]+?)_?(\d+)")


def send(box: Box, call: MiniCall) -> dict[str, Any]:
    """One grant buys one message; without one the user counts as refusing (43101)."""
    body = call.body
    if box.user(body["touser"]) is None:
        raise MiniError(40003, "invalid openid")
    templates = box.setting("templates")
    if not body["template_id"] or (templates and body["template_id"] not in templates):
        raise MiniError(40037, "invalid template_id")
    if body.get("page"):
        links.check_page(box, body["page"])
    _check_values(body["data"])
    used = box.store.run(
        "UPDATE grants SET remaining = remaining - 1 WHERE openid = ? AND template_id = ? AND remaining > 0",
        body["touser"],
        body["template_id"],
    )
    if not used:
        raise MiniError(43101, "user refuse to accept the msg")
    number = box.store.insert(
        "messages",
        at=box.now(),
        openid=body["touser"],
        template_id=body["template_id"],
        body=json.dumps(body, ensure_ascii=False),
    )
    return {"errcode": 0, "errmsg": "ok", "msgid": number}


def _check_values(data: dict[str, Any]) -> None:
    if not data:
        raise MiniError(47003, "argument invalid! data is empty")
    for key, item in data.items():
        known = _KEY.fullmatch(key)
        pattern = VALUES.get(known.group(1)) if known else None
        value = item.get("value") if isinstance(item, dict) and set(item) == {"value"} else None
        if pattern is None or not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise MiniError(47003, f"argument invalid! data.{key}.value invalid")
