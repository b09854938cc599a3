"""WeChat's cryptography, written a second time on purpose: this copy never meets the shop's.

Sources: WeChat Pay APIv3 documentation (signature, callback and sensitive-field pages) and the message-push
page of the mini-program documentation. Proven against the published vectors in ``tests/sandbox``.
"""

import base64
import binascii
import hashlib
import secrets
import struct
from typing import Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SIGNATURE_TYPE: Final = "WECHATPAY2-SHA256-RSA2048"
PUSH_BLOCK: Final = 32


class CryptoError(ValueError):
    """The bytes do not decrypt, or are not what they claim to be."""


def join_lines(*lines: str | bytes) -> bytes:
    """The canonical message: every line, the last one too, is followed by a newline."""
    return b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines)


def sign(key: rsa.RSAPrivateKey, message: bytes) -> str:
    """RSASSA-PKCS1-v1_5 with SHA-256, base64."""
    return base64.b64encode(key.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()


def verify(key: rsa.RSAPublicKey, message: bytes, signature: str) -> bool:
    try:
        key.verify(base64.b64decode(signature, validate=True), message, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def seal(key: bytes, plaintext: bytes, *, nonce: str, associated: str) -> str:
    """AEAD_AES_256_GCM: base64 of the ciphertext with its 16-byte tag appended."""
    return base64.b64encode(AESGCM(key).encrypt(nonce.encode(), plaintext, associated.encode())).decode()


def unseal(key: bytes, ciphertext: str, *, nonce: str, associated: str) -> bytes:
    try:
        return AESGCM(key).decrypt(nonce.encode(), base64.b64decode(ciphertext), associated.encode())
    except (InvalidTag, binascii.Error, ValueError) as error:
        raise CryptoError("AES-GCM") from error


_OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)  # noqa: S303


def encrypt_field(key: rsa.RSAPublicKey, text: str) -> str:
    """A sensitive field, RSA-OAEP with SHA-1 as the protocol demands."""
    return base64.b64encode(key.encrypt(text.encode(), _OAEP)).decode()


def decrypt_field(key: rsa.RSAPrivateKey, ciphertext: str) -> str:
    try:
        return key.decrypt(base64.b64decode(ciphertext, validate=True), _OAEP).decode()
    except (binascii.Error, ValueError) as error:
        raise CryptoError("RSA-OAEP") from error


def push_signature(*parts: str) -> str:
    """SHA-1 over the sorted parts: (token, timestamp, nonce) or, in safe mode, with Encrypt added."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324


def push_key(encoding_aes_key: str) -> bytes:
    return base64.b64decode(encoding_aes_key + "=")


def push_encrypt(encoding_aes_key: str, appid: str, message: bytes, *, salt: bytes | None = None) -> str:
    """AES-256-CBC, IV = key[:16], PKCS#7 to 32-byte blocks, over salt + length + message + appid."""
    key = push_key(encoding_aes_key)
    plain = (salt or secrets.token_bytes(16)) + struct.pack(">I", len(message)) + message + appid.encode()
    fill = PUSH_BLOCK - len(plain) % PUSH_BLOCK
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([fill]) * fill) + encryptor.finalize()).decode()


def push_decrypt(encoding_aes_key: str, appid: str, ciphertext: str) -> bytes:
    key = push_key(encoding_aes_key)
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    try:
        plain = decryptor.update(base64.b64decode(ciphertext)) + decryptor.finalize()
    except ValueError as error:
        raise CryptoError("AES-CBC") from error
    plain = plain[: -plain[-1]]
    (length,) = struct.unpack(">I", plain[16:20])
    if plain[20 + length :] != appid.encode():
        raise CryptoError("appid")
    return plain[20 : 20 + length]
