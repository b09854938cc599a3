"""Is this request really the merchant's? Headers, five-line signature, clock skew, nonce, serial."""

import re
import time
from dataclasses import dataclass

from shop.sandbox import crypto
from shop.sandbox.box import Box
from shop.sandbox.errors import PayError

SKEW_SECONDS = 300
_PAIR = re.compile(r'(\w+)="([^"]*)"')
_FIELDS = {"mchid", "nonce_str", "signature", "timestamp", "serial_no"}


@dataclass(frozen=True)
class Received:
    """A request as it came over the wire."""

    method: str
    target: str  # path with query, exactly as sent
    headers: dict[str, str]  # lower-case names
    body: bytes


def check(box: Box, received: Received) -> None:
    """Raises PayError for whatever WeChat would refuse before looking at the business."""
    _check_headers(received)
    pairs = _parse(received.headers.get("authorization", ""))
    if pairs["mchid"] != box.identity.mchid:
        raise _refused("商户号与签名不匹配", "mchid")
    if pairs["serial_no"] != box.identity.merchant_serial:
        raise _refused("商户证书序列号有误", "serial_no")
    if not pairs["timestamp"].isdigit() or abs(time.time() - int(pairs["timestamp"])) > SKEW_SECONDS:
        raise _refused("Http头Authorization中的timestamp与发起请求的时间不得超过5分钟", "timestamp")
    if not re.fullmatch(r"[0-9A-Za-z]{1,32}", pairs["nonce_str"]):
        raise _refused("nonce_str须为1-32位字母数字", "nonce_str")
    message = crypto.join_lines(
        received.method, received.target, pairs["timestamp"], pairs["nonce_str"], received.body
    )
    if not crypto.verify(box.identity.merchant_public, message, pairs["signature"]):
        raise _mismatch(received, message)
    _spend_nonce(box, pairs["nonce_str"])
    serial = received.headers.get("wechatpay-serial")
    if serial is not None and box.identity.signer(serial) is None:
        raise PayError(400, "INVALID_REQUEST", "Wechatpay-Serial有误")


def _check_headers(received: Received) -> None:
    accept = received.headers.get("accept", "")
    if not received.headers.get("user-agent") or not accept:
        raise PayError(400, "PARAM_ERROR", "Http头缺少Accept或User-Agent", signed=False)
    if "application/json" not in accept and "*/*" not in accept:
        raise PayError(406, "PARAM_ERROR", "Http头Accept须为application/json", signed=False)
    content_type = received.headers.get("content-type", "")
    if received.body and content_type.split(";")[0].strip().lower() != "application/json":
        raise PayError(415, "PARAM_ERROR", "Http头Content-Type须为application/json", signed=False)


def _parse(authorization: str) -> dict[str, str]:
    scheme, _, rest = authorization.partition(" ")
    pairs = dict(_PAIR.findall(rest))
    if scheme != crypto.SIGNATURE_TYPE or set(pairs) != _FIELDS:
        raise _refused(
            "Http头Authorization值格式错误,请参考《微信支付商户REST API签名规则》", "authorization"
        )
    return pairs


def _refused(message: str, field: str) -> PayError:
    detail = {"field": field, "issue": message, "location": "authorization"}
    return PayError(401, "SIGN_ERROR", message, detail=detail, number=268443699)


def _mismatch(received: Received, message: bytes) -> PayError:
    detail = {
        "issue": "sign not match",
        "field": "signature",
        "location": "authorization",
        "sign_information": {
            "method": received.method,
            "url": received.target,
            "truncated_sign_message": message.decode(errors="replace")[:60],
            "sign_message_length": len(message),
        },
    }
    text = "签名错误,请检查后再试"
    return PayError(401, "SIGN_ERROR", text, detail=detail, number=268443699)


def _spend_nonce(box: Box, nonce: str) -> None:
    """A signed request is good once: the same nonce again within the skew window is a replay."""
    now = time.time()
    if nonce in box.nonces and now - box.nonces[nonce] < 2 * SKEW_SECONDS:
        raise _refused("nonce_str重复,请求疑似重放", "nonce_str")
    box.nonces[nonce] = now
    if len(box.nonces) > 100_000:
        box.nonces = {key: at for key, at in box.nonces.items() if now - at < 2 * SKEW_SECONDS}
