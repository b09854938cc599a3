"""Message push: verify, decrypt, read. JSON and XML, safe mode and plain mode.

With an AES key configured only encrypted messages are believed: a plain message's signature does not cover
its body, so accepting one would undo the encryption. ``wechatpy.crypto`` decrypts and checks the appid.
Source: Mini Program documentation, "message push".
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict  # type: ignore[import-untyped]
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import WeChatException
from wechatpy.utils import WeChatSigner

from shop.core import clock
from shop.wechat.inbox.notifications import PLAIN_TEXT, Malformed
from shop.wechat.pay.keyring import FRESHNESS, BadSignature, Distrust

_REFERENCES = ("transaction_id", "merchant_trade_no", "trace_id", "MsgId")
_CIPHER_ERRORS = (WeChatException, ValueError, IndexError, TypeError, AttributeError, ArithmeticError)


@dataclass(frozen=True)
class PushConfig:
    """The message-push settings of the mini-program console; ``aes_key`` empty means plain mode."""

    appid: str
    token: str
    aes_key: str


@dataclass(frozen=True)
class Push:
    """A verified message."""

    event_type: str
    reference: str
    dedupe_key: str
    content: str


def verify_address(config: PushConfig, query: Mapping[str, str]) -> str:
    """The console's test of our address: returns ``echostr`` or raises ``BadSignature``."""
    _check(config.token, query, query.get("signature", ""))
    return query.get("echostr", "")


def read_push(config: PushConfig, query: Mapping[str, str], body: bytes) -> Push:
    """Verify and open a pushed message; raises ``BadSignature`` or ``Malformed``."""
    message = _decrypted(config, query, body) if config.aes_key else _plain(config, query, body)
    content = json.dumps(message, sort_keys=True)
    kind = str(message.get("MsgType", ""))
    event = str(message.get("Event", "")) if kind == "event" else f"message.{kind}"
    if not PLAIN_TEXT.fullmatch(event):
        raise Malformed("Event")
    return Push(
        event_type=event,
        reference=_reference(message),
        dedupe_key=hashlib.sha256(f"message\n{content}".encode()).hexdigest(),
        content=content,
    )


def _plain(config: PushConfig, query: Mapping[str, str], body: bytes) -> dict[str, Any]:
    _check(config.token, query, query.get("signature", ""))
    message = parse_body(body)
    if "Encrypt" in message and "MsgType" not in message:
        raise Malformed("Encrypt")
    return message


def _decrypted(config: PushConfig, query: Mapping[str, str], body: bytes) -> dict[str, Any]:
    envelope = parse_body(body)
    encrypted = envelope.get("Encrypt")
    if not isinstance(encrypted, str) or not encrypted:
        raise BadSignature(Distrust.MISSING)
    signature = query.get("msg_signature", "")
    _check(config.token, query, signature, encrypted)
    crypto = WeChatCrypto(config.token, config.aes_key, config.appid)
    try:
        plain = crypto.decrypt_message(
            {"Encrypt": encrypted}, signature, query.get("timestamp", ""), query.get("nonce", "")
        )
    except _CIPHER_ERRORS:
        raise BadSignature(Distrust.WRONG) from None
    return parse_body(plain.encode())


def _check(token: str, query: Mapping[str, str], signature: str, *more: str) -> None:
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    if not (timestamp and nonce and signature):
        raise BadSignature(Distrust.MISSING)
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise BadSignature(Distrust.STALE)
    if abs(int(timestamp) - clock.wall().timestamp()) > FRESHNESS.total_seconds():
        raise BadSignature(Distrust.STALE)
    signer = WeChatSigner()
    signer.add_data(token, timestamp, nonce, *more)
    if not hmac.compare_digest(str(signer.signature).encode(), signature.encode()):
        raise BadSignature(Distrust.WRONG)


def parse_body(body: bytes) -> dict[str, Any]:
    """A JSON object, or the children of an ``<xml>`` root (entities are refused); raises ``Malformed``."""
    text = body.lstrip()
    try:
        if text.startswith(b"<"):
            value = xmltodict.parse(text, disable_entities=True).get("xml")
        else:
            value = json.loads(text)
        plain = json.loads(json.dumps(value))  # plain dicts all the way down
    except (ValueError, RecursionError, ExpatError):
        raise Malformed("body") from None
    if not isinstance(plain, dict):
        raise Malformed("body")
    return plain


def _reference(message: Mapping[str, Any]) -> str:
    for name in _REFERENCES:
        value = message.get(name)
        if isinstance(value, str | int) and PLAIN_TEXT.fullmatch(str(value)):
            return str(value)
    return ""
