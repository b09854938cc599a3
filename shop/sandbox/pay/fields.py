"""Sensitive request fields: encrypted to our key, and the request must say which key it used."""

from shop.sandbox import crypto
from shop.sandbox.box import Box
from shop.sandbox.errors import param_error
from shop.sandbox.pay.gate import Call


def decrypt(box: Box, call: Call, name: str) -> str:
    """The plaintext of a sensitive field; PARAM_ERROR when the serial is missing or the key is another."""
    key = box.identity.signer(call.serial)
    if key is None:
        raise param_error("Wechatpay-Serial", "含敏感信息的请求须带正确的Wechatpay-Serial", location="header")
    try:
        return crypto.decrypt_field(key, call.body[name])
    except crypto.CryptoError as error:
        raise param_error(name, "敏感信息解密失败，请检查加密所用的公钥") from error
