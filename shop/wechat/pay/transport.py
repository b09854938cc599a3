"""One signed exchange with WeChat Pay and its verdict: Success, Refused or Unknown.

The exact bytes that are sent are signed, the exact bytes that arrive are verified. The rules, in order:

* no answer, 429, 5xx, 3xx, 202: Unknown;
* 2xx: its signature must verify, else Unknown (the money may have moved), and the body must be understood;
* 4xx: Refused when it carries an error code; WeChat leaves some 4xx unsigned, so a missing signature is
  accepted there, a *wrong* one is not (Unknown). Codes that never tell (SYSTEM_ERROR, ...) are Unknown;
* calls marked ``refusals_definite=False`` (transfers): any 4xx is Unknown until queried.

The backup host is tried only when no connection came about and the call may be repeated as it is.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import requests

from shop.core import clock
from shop.core.network import Deadline
from shop.wechat.http import MAX_ANSWER_BYTES, USER_AGENT, Answer, Limits, NoAnswer, Sink, send
from shop.wechat.outcomes import Outcome, Refused, Success, Unknown, UnknownReason
from shop.wechat.pay import codes, signing
from shop.wechat.pay.keyring import BadSignature, SignedHeaders
from shop.wechat.pay.merchant import Merchant
from shop.wechat.pay.parsing import Mismatch, Unparsable

T = TypeVar("T")
_MAX_RETRY_AFTER = 3600


@dataclass(frozen=True)
class Call:
    """What to send. ``path`` starts with a slash and carries the query.

    ``repeatable`` allows the backup host.

    ``encrypted_for`` is the serial of the key that sensitive fields in the body were encrypted with.
    """

    endpoint: str
    method: str
    path: str
    body: Mapping[str, Any] | None = None
    repeatable: bool = True
    refusals_definite: bool = True
    encrypted_for: str = ""


class PayTransport:
    """Signs, sends, verifies and judges, for one merchant and one set of limits."""

    def __init__(self, merchant: Merchant, limits: Limits) -> None:
        self.merchant, self.limits = merchant, limits

    def exchange(self, call: Call, parse: Callable[[Mapping[str, Any]], T]) -> Outcome[T]:
        """Make the call; ``parse`` turns the verified JSON object (or ``{}`` for 204) into the value."""
        try:
            answer = self._send(call, Deadline(self.limits.total))
        except NoAnswer as none:
            return Unknown(none.reason, sent=none.sent)
        return judge(answer, call=call, merchant=self.merchant, parse=parse)

    def download(self, call: Call, url: str, sink: Sink, *, limits: Limits, max_bytes: int) -> Answer:
        """Fetch an unsigned file with a signed request into ``sink``; raises NoAnswer."""
        request = self._prepare(call, url)
        return send(request, limits=limits, deadline=Deadline(limits.total), sink=sink, max_bytes=max_bytes)

    def _send(self, call: Call, deadline: Deadline) -> Answer:
        backup = self.merchant.backup_base_url if call.repeatable else ""
        if backup:
            try:
                return self._send_to(self.merchant.base_url, call, deadline)
            except NoAnswer as none:
                if none.sent:
                    raise
        return self._send_to(backup or self.merchant.base_url, call, deadline)

    def _send_to(self, host: str, call: Call, deadline: Deadline) -> Answer:
        request = self._prepare(call, host + call.path)
        return send(request, limits=self.limits, deadline=deadline, max_bytes=MAX_ANSWER_BYTES)

    def _prepare(self, call: Call, url: str) -> requests.PreparedRequest:
        body = encode(call.body) if call.body is not None else b""
        headers = {"Accept": "application/json", "User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
        if call.method != "GET":
            headers["Content-Type"] = "application/json; charset=utf-8"
        serial = call.encrypted_for or self.merchant.public_key_id
        if serial:
            headers["Wechatpay-Serial"] = serial
        request = requests.PreparedRequest()
        request.prepare(method=call.method, url=url, data=body or None, headers=headers)
        request.headers["Authorization"] = signing.authorization(
            self.merchant.private_key,
            mchid=self.merchant.mchid,
            serial=self.merchant.serial,
            method=call.method,
            path=request.path_url,
            body=body,
            timestamp=str(int(clock.wall().timestamp())),
            nonce=signing.new_nonce(),
        )
        return request


def encode(body: Mapping[str, Any]) -> bytes:
    """The one serialisation: what is signed is what is sent."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def judge(
    answer: Answer, *, call: Call, merchant: Merchant, parse: Callable[[Mapping[str, Any]], T]
) -> Outcome[T]:
    """Turn an answer into an outcome, by the rules of this module."""
    request_id = (answer.headers.get("Request-ID") or "")[:128]
    if answer.status in (200, 204):
        return _judge_success(answer, merchant=merchant, parse=parse, request_id=request_id)
    return _judge_refusal(answer, call=call, merchant=merchant, request_id=request_id)


def _judge_success(
    answer: Answer, *, merchant: Merchant, parse: Callable[[Mapping[str, Any]], T], request_id: str
) -> Outcome[T]:
    def unknown(reason: UnknownReason) -> Unknown:
        return Unknown(reason, request_id=request_id, http_status=answer.status)

    try:
        merchant.ring.verify(SignedHeaders.read(answer.headers), answer.body, now=clock.wall())
    except BadSignature:
        return unknown(UnknownReason.EMPTY_BODY if _wrongly_empty(answer) else UnknownReason.BAD_SIGNATURE)
    if _wrongly_empty(answer):
        return unknown(UnknownReason.EMPTY_BODY)
    try:
        return Success(parse(_object(answer.body) if answer.status == 200 else {}), request_id)
    except Unparsable:
        return unknown(UnknownReason.UNPARSABLE)
    except Mismatch:
        return unknown(UnknownReason.MISMATCH)


def _judge_refusal(answer: Answer, *, call: Call, merchant: Merchant, request_id: str) -> Refused | Unknown:
    try:
        error = _object(answer.body)
    except Unparsable:
        error = {}
    code = codes.normalise(_text(error.get("code"))[:64])
    message = _text(error.get("message"))[:512]

    def unknown(reason: UnknownReason, retry_after: int | None = None) -> Unknown:
        return Unknown(reason, request_id, code, message, answer.status, retry_after)

    if answer.status == 429 or code == codes.RATE_LIMITED:
        return unknown(UnknownReason.RATE_LIMITED, _retry_after(answer))
    if answer.status >= 500:
        return unknown(UnknownReason.SERVER_ERROR)
    if not 400 <= answer.status < 500:
        return unknown(UnknownReason.UNEXPECTED_STATUS)
    if not code:
        return unknown(UnknownReason.UNPARSABLE if answer.body else UnknownReason.EMPTY_BODY)
    if not _believable(answer, merchant):
        return unknown(UnknownReason.BAD_SIGNATURE)
    if code in codes.INDEFINITE:
        return unknown(UnknownReason.SERVER_ERROR)
    if not call.refusals_definite:
        return unknown(UnknownReason.UNTIL_QUERIED)
    detail = error.get("detail")
    details = {str(key): value for key, value in detail.items()} if isinstance(detail, dict) else {}
    return Refused(code, message, answer.status, request_id, details)


def _believable(answer: Answer, merchant: Merchant) -> bool:
    """A refusal may be unsigned, but not badly signed."""
    headers = SignedHeaders.read(answer.headers)
    if not headers.present:
        return True
    try:
        merchant.ring.verify(headers, answer.body, now=clock.wall())
    except BadSignature:
        return False
    return True


def _wrongly_empty(answer: Answer) -> bool:
    return answer.status == 200 and not answer.body


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise Unparsable("not JSON") from None
    if not isinstance(value, dict):
        raise Unparsable("not an object")
    return value


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _retry_after(answer: Answer) -> int | None:
    text = answer.headers.get("Retry-After") or ""
    return min(int(text), _MAX_RETRY_AFTER) if text.isascii() and text.isdigit() else None
