"""The platform itself: certificates for merchants that still have them, and the echo self test."""

from typing import Any

from cryptography.hazmat.primitives import serialization

from shop.sandbox import callbacks, crypto, ids
from shop.sandbox.box import Box
from shop.sandbox.errors import missing
from shop.sandbox.pay import fields
from shop.sandbox.pay.gate import Answer, Call
from shop.sandbox.schema import Text, Url, shape

ECHO = shape(
    echo_message=Text(required=True, high=512), encrypted_echo_message=Text(high=1024), notify_url=Url()
)


def certificates(box: Box, _call: Call) -> Answer:
    """404 in public-key mode; the setting ``certificates`` gives this merchant a platform certificate."""
    if not box.setting("certificates"):
        raise missing(
            "RESOURCE_NOT_EXISTS",
            "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥",
            number=268566529,
        )
    certificate, nonce = box.identity.platform_certificate, ids.letters(12)
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    entry = {
        "serial_no": box.identity.platform_serial,
        "effective_time": ids.rfc3339(certificate.not_valid_before_utc.timestamp()),
        "expire_time": ids.rfc3339(certificate.not_valid_after_utc.timestamp()),
        "encrypt_certificate": {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": nonce,
            "associated_data": "certificate",
            "ciphertext": crypto.seal(box.identity.apiv3_key, pem, nonce=nonce, associated="certificate"),
        },
    }
    return Answer({"data": [entry]})


def echo(box: Box, call: Call) -> Answer:
    """Say it back; a sensitive echo comes back encrypted to the merchant, a notify_url gets one callback."""
    message = call.body["echo_message"]
    answer: dict[str, Any] = {"echo_message": message}
    if call.body.get("encrypted_echo_message"):
        text = fields.decrypt(box, call, "encrypted_echo_message")
        answer["encrypted_echo_message"] = crypto.encrypt_field(box.identity.merchant_public, text)
    if call.body.get("notify_url"):
        callbacks.queue(
            box,
            kind="echo",
            reference=message[:64],
            url=call.body["notify_url"],
            event_type="SECURITY_ECHO.SUCCESS",
            body={"mchid": box.identity.mchid, "echo_message": message},
        )
    return Answer(answer)
