"""The cryptography of APIv3, pure: bytes in, bytes or text out, no settings and no clock.

Sources: WeChat Pay merchant documentation 4012365342 (request signature), 4012791865 (mini-program invoke),
4012075249 (notifications), 4013038816 (public key). SHA-1 occurs only where the protocol fixes it: OAEP.
"""

import base64
import binascii
import secrets

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SCHEME = "WECHATPAY2-SHA256-RSA2048"
_OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)  # noqa: S303


class Undecryptable(Exception):
    """A ciphertext does not open with this key: tampered with, or meant for another merchant."""


def new_nonce() -> str:
    """32 random letters and digits, 128 bits."""
    return secrets.token_hex(16).upper()


def request_message(method: str, path: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """The five lines a request signs; ``path`` with the query exactly as sent, ``body`` exactly as sent."""
    return f"{method}\n{path}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"


def answer_message(timestamp: str, nonce: str, body: bytes) -> bytes:
    """The three lines that answers and notifications sign, over the raw body."""
    return f"{timestamp}\n{nonce}\n".encode() + body + b"\n"


def sign(key: RSAPrivateKey, message: bytes) -> str:
    """RSASSA-PKCS1-v1_5 with SHA-256, base64."""
    return base64.b64encode(key.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()


def verify(key: RSAPublicKey, message: bytes, signature: str) -> bool:
    """Whether the base64 ``signature`` over ``message`` is ``key``'s. Malformed base64 is simply False."""
    try:
        raw = base64.b64decode(signature, validate=True)
        key.verify(raw, message, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def authorization(
    key: RSAPrivateKey,
    *,
    mchid: str,
    serial: str,
    method: str,
    path: str,
    body: bytes,
    timestamp: str,
    nonce: str,
) -> str:
    """The Authorization header of one request."""
    signature = sign(key, request_message(method, path, timestamp, nonce, body))
    return (
        f'{SCHEME} mchid="{mchid}",nonce_str="{nonce}",signature="{signature}",'
        f'timestamp="{timestamp}",serial_no="{serial}"'
    )


def pay_sign(key: RSAPrivateKey, *, appid: str, timestamp: str, nonce: str, package: str) -> str:
    """The signature ``wx.requestPayment`` shows WeChat."""
    return sign(key, f"{appid}\n{timestamp}\n{nonce}\n{package}\n".encode())


def encrypt_for(key: RSAPublicKey, text: str) -> str:
    """RSA-OAEP (SHA-1, as the protocol demands) of a sensitive request field, base64."""
    return base64.b64encode(key.encrypt(text.encode(), _OAEP)).decode()


def decrypt_field(key: RSAPrivateKey, ciphertext: str) -> str:
    """Open a sensitive answer field encrypted to the merchant's certificate; raises Undecryptable."""
    try:
        return key.decrypt(base64.b64decode(ciphertext, validate=True), _OAEP).decode()
    except (ValueError, binascii.Error) as error:
        raise Undecryptable from error


def decrypt_resource(key: bytes, *, nonce: str, associated_data: str, ciphertext: str) -> bytes:
    """Open AEAD_AES_256_GCM with the APIv3 key; the 16-byte tag is appended. Raises Undecryptable."""
    try:
        raw = base64.b64decode(ciphertext, validate=True)
        return AESGCM(key).decrypt(nonce.encode(), raw, associated_data.encode())
    except (InvalidTag, ValueError, binascii.Error) as error:
        raise Undecryptable from error
