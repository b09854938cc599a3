"""Is this pay notification authentic, and what is it about? Pure apart from the settings' keys and the clock.

Nothing that arrives can make us fetch anything: an unknown serial is simply not believed.
Source: WeChat Pay merchant documentation 4012075249 (notifications).
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shop.core import clock
from shop.wechat.pay import signing
from shop.wechat.pay.keyring import SignedHeaders
from shop.wechat.pay.merchant import Merchant

ALGORITHM = "AEAD_AES_256_GCM"
PLAIN_TEXT = re.compile(r"[0-9A-Za-z_.|*@\-]{1,64}", re.ASCII)
"""What event types and business numbers are made of."""


class Malformed(Exception):
    """Authentic but not a notification as documented, or not encrypted with our key. Names the part only."""


@dataclass(frozen=True)
class Notification:
    """A verified notification: what happened, to which number, and a key equal for every copy of it."""

    event_type: str
    reference: str
    dedupe_key: str


def read_notification(
    merchant: Merchant, headers: SignedHeaders, body: bytes, *, source: str
) -> Notification:
    """Verify and open ``body``; raises ``BadSignature`` or ``Malformed``.

    Copies of a notification may differ in id, nonce and ciphertext; so the key is made of the business facts:
    numbers, state and amounts. A copy with another amount is another message, and stays visible as such.
    """
    merchant.ring.verify(headers, body, now=clock.wall())
    event_type, resource = open_envelope(merchant.apiv3_key, body)
    facts = _facts(resource)
    text = json.dumps([source, event_type, facts], sort_keys=True)
    return Notification(
        event_type=event_type,
        reference=_reference(resource),
        dedupe_key=hashlib.sha256(text.encode()).hexdigest(),
    )


def open_envelope(apiv3_key: bytes, body: bytes | str) -> tuple[str, dict[str, Any]]:
    """Decrypt a notification's resource; returns event type and resource. Raises ``Malformed``."""
    envelope = _object(body, "body")
    event_type, resource = envelope.get("event_type"), envelope.get("resource")
    if not isinstance(event_type, str) or not PLAIN_TEXT.fullmatch(event_type):
        raise Malformed("event_type")
    if not isinstance(resource, dict) or resource.get("algorithm") != ALGORITHM:
        raise Malformed("resource")
    nonce, ciphertext = resource.get("nonce"), resource.get("ciphertext")
    associated = resource.get("associated_data") or ""
    if not (isinstance(nonce, str) and isinstance(ciphertext, str) and isinstance(associated, str)):
        raise Malformed("resource")
    try:
        plain = signing.decrypt_resource(
            apiv3_key, nonce=nonce, associated_data=associated, ciphertext=ciphertext
        )
    except signing.Undecryptable:
        raise Malformed("ciphertext") from None
    return event_type, _object(plain, "resource")


_FACTS = (
    "appid",
    "mchid",
    "mch_id",
    "out_trade_no",
    "transaction_id",
    "trade_state",
    "out_refund_no",
    "refund_id",
    "refund_status",
    "out_bill_no",
    "transfer_bill_no",
    "state",
    "transfer_amount",
)
_AMOUNT_FACTS = ("total", "refund", "currency")
_NUMBERS = ("out_refund_no", "out_bill_no", "out_trade_no")


def _facts(resource: Mapping[str, Any]) -> Any:
    """What makes two notifications the same; for unknown kinds, everything."""
    if not any(resource.get(name) for name in _NUMBERS):
        return resource
    amount = resource.get("amount")
    amounts = [amount.get(name) for name in _AMOUNT_FACTS] if isinstance(amount, dict) else []
    return [[resource.get(name) for name in _FACTS], amounts]


def _reference(resource: Mapping[str, Any]) -> str:
    for name in _NUMBERS:
        value = resource.get(name)
        if isinstance(value, str) and PLAIN_TEXT.fullmatch(value):
            return value
    return ""


def _object(raw: bytes | str, what: str) -> dict[str, Any]:
    try:
        value = json.loads(raw.decode() if isinstance(raw, bytes) else raw)
    except (ValueError, RecursionError):
        raise Malformed(what) from None
    if not isinstance(value, dict):
        raise Malformed(what)
    return value
