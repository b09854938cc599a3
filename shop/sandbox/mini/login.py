"""Login and phone codes: single use, five minutes."""

import base64
import secrets
from typing import Any

from shop.sandbox.box import Box
from shop.sandbox.errors import MiniError
from shop.sandbox.mini import tokens
from shop.sandbox.mini.calls import MiniCall
from shop.sandbox.schema import Text, shape
from shop.sandbox.store import Row

CODE_SECONDS = 300
LOGINS_PER_MINUTE = 100

PHONE = shape(code=Text(required=True, high=128), openid=Text(high=128))


def code_to_session(box: Box, call: MiniCall) -> dict[str, Any]:
    """GET /sns/jscode2session: appid, secret, js_code, grant_type=authorization_code."""
    tokens.check_credentials(box, call.query)
    if call.query.get("grant_type") != "authorization_code":
        raise MiniError(40002, "invalid grant_type")
    code = call.query.get("js_code", "")
    if not code:
        raise MiniError(41008, "missing code")
    row = _find(box, code, "login")
    user = box.user(row["openid"])
    if user is None:
        raise MiniError(40029, "invalid code")
    if user["state"] == "risky":
        raise MiniError(40226, "code blocked")
    _check_rate(box, row["openid"])
    _spend(box, row)
    box.touch_user(row["openid"])
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    return {"openid": user["openid"], "session_key": key, "unionid": user["unionid"]}


def phone_number(box: Box, call: MiniCall) -> dict[str, Any]:
    """POST /wxa/business/getuserphonenumber: the code of the phone button, not of wx.login."""
    row = _find(box, call.body["code"], "phone")
    user = box.user(row["openid"])
    if user is None or call.body.get("openid", row["openid"]) != row["openid"]:
        raise MiniError(40029, "invalid code")
    _spend(box, row)
    return {
        "errcode": 0,
        "errmsg": "ok",
        "phone_info": {
            "phoneNumber": user["phone"],
            "purePhoneNumber": user["phone"],
            "countryCode": "86",
            "watermark": {"timestamp": int(box.now()), "appid": box.identity.appid},
        },
    }


def _find(box: Box, code: str, kind: str) -> Row:
    row = box.store.one("SELECT * FROM codes WHERE code = ? AND kind = ?", code, kind)
    if row is None or box.now() - row["created_at"] > CODE_SECONDS:
        raise MiniError(40029, "invalid code")
    if row["used_at"] is not None:
        raise MiniError(40163, "code been used")
    return row


def _spend(box: Box, row: Row) -> None:
    box.store.run("UPDATE codes SET used_at = ? WHERE code = ?", box.now(), row["code"])


def _check_rate(box: Box, openid: str) -> None:
    sql = "SELECT count(*) FROM codes WHERE openid = ? AND kind = 'login' AND used_at > ?"
    if box.store.number(sql, openid, box.now() - 60) >= LOGINS_PER_MINUTE:
        raise MiniError(45011, "api minute-quota reach limit, must slower, retry next minute")
