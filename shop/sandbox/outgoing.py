"""One letter to the merchant: encrypt, sign, post once. No redirects, five seconds, as WeChat does."""

import functools
import http.client
import json
import ssl
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit
from xml.sax.saxutils import escape

from shop.sandbox import crypto, ids
from shop.sandbox.box import Box, dumps
from shop.sandbox.signing import signature_headers
from shop.sandbox.store import Row

TIMEOUT_SECONDS = 5.0
_ORIGINAL_TYPES = {
    "pay": "transaction",
    "refund": "refund",
    "transfer": "mch_payment",
    "echo": "security",
    "sharing": "profitsharing",
}
_SUMMARIES = {
    "TRANSACTION.SUCCESS": "支付成功",
    "REFUND.SUCCESS": "退款成功",
    "REFUND.ABNORMAL": "退款异常",
    "REFUND.CLOSED": "退款关闭",
    "MCHTRANSFER.BILL.FINISHED": "商家转账单据终态通知",
    "SECURITY_ECHO.SUCCESS": "安全回显成功",
}


@dataclass(frozen=True)
class Letter:
    url: str
    headers: dict[str, str]
    body: bytes
    push: bool = False


@dataclass(frozen=True)
class Result:
    status: int  # 0: no answer at all
    acknowledged: bool
    why: str


def path_of(url: str) -> str:
    return urlsplit(url).path or "/"


def write(box: Box, row: Row, fault: str) -> Letter:
    """The bytes of one attempt; ``fault`` spoils it in the planned way."""
    if row["kind"] == "push":
        return _write_push(box, row["url"], json.loads(row["body"]))
    body = _envelope(box, row, tampered=row["tamper"] == "ciphertext")
    mode = box.setting("notify_key")
    certificate = mode == "certificate" or (mode == "mixed" and row["id"] % 2 == 0)
    serial = box.identity.platform_serial if certificate else box.identity.public_key_id
    headers = {"Content-Type": "application/json", "Accept": "*/*", "User-Agent": "Mozilla/4.0"}
    headers |= signature_headers(box.identity, body, serial, fault)
    if fault == "tamper" or row["tamper"] == "body":
        body = body.replace(b'"create_time":"2', b'"create_time":"3', 1)
    return Letter(row["url"], headers, body)


def _envelope(box: Box, row: Row, *, tampered: bool) -> bytes:
    original = _ORIGINAL_TYPES[row["kind"]]
    nonce = ids.letters(12)
    sealed = crypto.seal(
        box.identity.apiv3_key, dumps(json.loads(row["body"])).encode(), nonce=nonce, associated=original
    )
    if tampered:
        sealed = ("B" if sealed[0] == "A" else "A") + sealed[1:]
    envelope = {
        "id": row["uid"],
        "create_time": ids.rfc3339(row["created_at"]),
        "resource_type": "encrypt-resource",
        "event_type": row["event_type"],
        "summary": _SUMMARIES.get(row["event_type"], row["event_type"]),
        "resource": {
            "original_type": original,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": sealed,
            "associated_data": original,
            "nonce": nonce,
        },
    }
    return dumps(envelope).encode()


def _write_push(box: Box, url: str, message: dict[str, Any]) -> Letter:
    """A mini-program message push in the mode and format the console is set to."""
    as_json, identity = box.setting("push_format") == "json", box.identity
    stamp, nonce = str(int(time.time())), ids.digits(10)
    content = dumps(message) if as_json else _xml(message)
    query = {"signature": crypto.push_signature(identity.message_token, stamp, nonce)}
    query |= {"timestamp": stamp, "nonce": nonce}
    if box.setting("push_mode") == "safe":
        sealed = crypto.push_encrypt(identity.message_aes_key, identity.appid, content.encode())
        wrapped = {"ToUserName": message["ToUserName"], "Encrypt": sealed}
        content = dumps(wrapped) if as_json else _xml(wrapped)
        query |= {
            "encrypt_type": "aes",
            "msg_signature": crypto.push_signature(identity.message_token, stamp, nonce, sealed),
        }
    kind = "application/json" if as_json else "text/xml"
    return Letter(f"{url}?{urlencode(query)}", {"Content-Type": kind}, content.encode(), push=True)


def _xml(message: dict[str, Any]) -> str:
    return f"<xml>{_xml_fields(message)}</xml>"


def _xml_fields(fields: dict[str, Any]) -> str:
    parts = []
    for name, value in fields.items():
        if isinstance(value, dict):
            parts.append(f"<{name}>{_xml_fields(value)}</{name}>")
        elif isinstance(value, list):
            parts.extend(f"<{name}>{_xml_fields(item)}</{name}>" for item in value)
        elif isinstance(value, int):
            parts.append(f"<{name}>{value}</{name}>")
        else:
            text = str(value)
            safe = escape(text) if "]]>" in text else f"<![CDATA[{text}]]>"
            parts.append(f"<{name}>{safe}</{name}>")
    return "".join(parts)


def verification_url(box: Box, url: str, echo: str) -> str:
    """The console's GET that asks whether the push address is ours."""
    stamp, nonce = str(int(time.time())), ids.digits(10)
    signature = crypto.push_signature(box.identity.message_token, stamp, nonce)
    fields = {"signature": signature, "timestamp": stamp, "nonce": nonce, "echostr": echo}
    return f"{url}?{urlencode(fields)}"


def post(letter: Letter) -> Result:
    """Send it; every failure of the network is an unacknowledged delivery, not an exception."""
    try:
        status, text = request("POST", letter.url, letter.headers, letter.body)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Result(0, False, type(error).__name__)
    if letter.push:
        good = status == 200 and (text.strip() in ("", "success") or "Encrypt" in text)
    else:
        good = status in (200, 204)
    return Result(status, good, "" if good else text[:200])


@functools.cache
def _trust() -> ssl.SSLContext:
    """The system's certificates, read once: it takes long."""
    return ssl.create_default_context()


def _connection(parts: SplitResult) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "https":
        return http.client.HTTPSConnection(host, parts.port, timeout=TIMEOUT_SECONDS, context=_trust())
    return http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT_SECONDS)


def request(method: str, url: str, headers: dict[str, str], body: bytes) -> tuple[int, str]:
    """One plain HTTP request on a fresh connection."""
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError("no host")
    connection = _connection(parts)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body=body, headers=headers)
        response = connection.getresponse()
        return response.status, response.read(65536).decode(errors="replace")
    finally:
        connection.close()
