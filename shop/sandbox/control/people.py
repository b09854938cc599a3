"""Shoppers: make them, hand out their codes, tap 'allow' for them."""

import re
from typing import Any

from shop.sandbox import ids
from shop.sandbox.box import Box
from shop.sandbox.control.gate import Order
from shop.sandbox.errors import ControlError

STATES = ("active", "abnormal", "risky", "closed")


def create(box: Box, order: Order) -> dict[str, Any]:
    """{name?, phone?, openid?, state?}: a new shopper."""
    openid = order.text("openid") or ids.openid()
    if not re.fullmatch(r"[0-9A-Za-z_-]{1,64}", openid):
        raise ControlError(400, "BAD_REQUEST", "openid takes letters, digits, - and _")
    state = order.text("state", "active")
    if state not in STATES:
        raise ControlError(400, "BAD_REQUEST", f"state must be one of {STATES}")
    if box.user(openid) is not None:
        raise ControlError(409, "USER_EXISTS", "this openid is taken")
    now = box.now()
    user = {
        "openid": openid,
        "unionid": "u" + ids.letters(27),
        "name": order.text("name") or f"顾客{ids.digits(4)}",
        "phone": order.text("phone") or "139" + ids.digits(8),
        "state": state,
    }
    box.store.insert("users", **user, active_at=now, created_at=now)
    return user


def change(box: Box, order: Order) -> dict[str, Any]:
    """{state?, phone?, name?} of an existing shopper."""
    openid = _known(box, order)
    for name in ("state", "phone", "name"):
        if name in order.body:
            value = order.text(name)
            if name == "state" and value not in STATES:
                raise ControlError(400, "BAD_REQUEST", f"state must be one of {STATES}")
            box.store.run(f"UPDATE users SET {name} = ? WHERE openid = ?", value, openid)  # noqa: S608
    return box.user(openid) or {}


def listing(box: Box, _order: Order) -> dict[str, Any]:
    return {"results": box.store.all("SELECT * FROM users ORDER BY created_at DESC LIMIT 1000")}


def login_code(box: Box, order: Order) -> dict[str, Any]:
    """What wx.login would give this shopper."""
    return _code(box, order, "login")


def phone_code(box: Box, order: Order) -> dict[str, Any]:
    """What the phone-number button would give this shopper."""
    return _code(box, order, "phone")


def _code(box: Box, order: Order, kind: str) -> dict[str, Any]:
    openid = _known(box, order)
    code = "0" + ids.letters(31)
    box.store.insert("codes", code=code, kind=kind, openid=openid, created_at=box.now())
    if kind == "login":
        box.touch_user(openid)
    return {"code": code}


def grant(box: Box, order: Order) -> dict[str, Any]:
    """{template_id | templates: [...], times?}: the shopper allows subscribe messages."""
    openid = _known(box, order)
    templates = order.body.get("templates") or [order.text("template_id")]
    times = order.whole("times", 1)
    for template in templates:
        if not template:
            raise ControlError(400, "BAD_REQUEST", "template_id is needed")
        box.store.run(
            "INSERT INTO grants (openid, template_id, remaining) VALUES (?, ?, ?)"
            " ON CONFLICT (openid, template_id) DO UPDATE SET remaining = remaining + excluded.remaining",
            openid, template, times,
        )  # fmt: skip
    rows = box.store.all("SELECT template_id, remaining FROM grants WHERE openid = ?", openid)
    return {"grants": {row["template_id"]: row["remaining"] for row in rows}}


def _known(box: Box, order: Order) -> str:
    openid = order.path["openid"]
    if box.user(openid) is None:
        raise ControlError(404, "NO_SUCH_USER", "no such user")
    return openid
