"""The sandbox's own keys and the merchant it serves; made once by ``init`` and kept in the data folder."""

import base64
import datetime
import json
import os
import secrets
import string
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

_ALNUM = string.ascii_letters + string.digits
_PRIVATE = ("merchant_key.pem", "wechatpay_key.pem", "platform_key.pem")


@dataclass(frozen=True)
class Identity:
    """Everything both hosts know about the merchant, and their own keys."""

    base_url: str
    appid: str
    secret: str
    message_token: str
    message_aes_key: str
    mchid: str
    merchant_serial: str
    apiv3_key: bytes
    public_key_id: str
    platform_serial: str
    merchant_public: rsa.RSAPublicKey
    wechatpay_private: rsa.RSAPrivateKey
    platform_private: rsa.RSAPrivateKey
    platform_certificate: x509.Certificate

    def signer(self, serial: str) -> rsa.RSAPrivateKey | None:
        """The private key behind a ``Wechatpay-Serial``; None if we never issued that serial."""
        return {self.public_key_id: self.wechatpay_private, self.platform_serial: self.platform_private}.get(
            serial
        )


def initialise(data: Path, base_url: str) -> Path:
    """Make what is missing in ``data`` and write ``merchant.env``; safe to run again, keys never change."""
    data.mkdir(parents=True, exist_ok=True)
    for name in _PRIVATE:
        if not (data / name).exists():
            _write_private(data / name, _new_key())
    if not (data / "identity.json").exists():
        _write(data / "identity.json", json.dumps(_new_names(), indent=1))
    for key_file, cert_file, subject in (
        ("merchant_key.pem", "merchant_cert.pem", "sandbox merchant"),
        ("platform_key.pem", "platform_cert.pem", "sandbox platform"),
    ):
        if not (data / cert_file).exists():
            _write(data / cert_file, _self_signed(_load_key(data / key_file), subject))
    wechatpay_public = _load_key(data / "wechatpay_key.pem").public_key()
    _write(data / "wechatpay_public_key.pem", _public_pem(wechatpay_public))
    names = json.loads((data / "identity.json").read_text())
    names["base_url"] = base_url.rstrip("/")
    _write(data / "identity.json", json.dumps(names, indent=1))
    return _write_env(data.resolve(), load(data), names)


def load(data: Path) -> Identity:
    """Read the identity; raises FileNotFoundError if ``init`` was never run."""
    names = json.loads((data / "identity.json").read_text())
    merchant = x509.load_pem_x509_certificate((data / "merchant_cert.pem").read_bytes())
    platform = x509.load_pem_x509_certificate((data / "platform_cert.pem").read_bytes())
    merchant_public = merchant.public_key()
    if not isinstance(merchant_public, rsa.RSAPublicKey):
        raise ValueError("the merchant certificate holds no RSA key")
    return Identity(
        base_url=names["base_url"],
        appid=names["appid"],
        secret=names["secret"],
        message_token=names["message_token"],
        message_aes_key=names["message_aes_key"],
        mchid=names["mchid"],
        merchant_serial=serial_of(merchant),
        apiv3_key=names["apiv3_key"].encode(),
        public_key_id=names["public_key_id"],
        platform_serial=serial_of(platform),
        merchant_public=merchant_public,
        wechatpay_private=_load_key(data / "wechatpay_key.pem"),
        platform_private=_load_key(data / "platform_key.pem"),
        platform_certificate=platform,
    )


def serial_of(certificate: x509.Certificate) -> str:
    """Upper-case hex, as WeChat writes serials."""
    return f"{certificate.serial_number:X}".zfill(40)


def _new_names() -> dict[str, str]:
    return {
        "base_url": "",
        "appid": "wx" + secrets.token_hex(8),
        "secret": secrets.token_hex(16),
        "message_token": _random(24),
        "message_aes_key": base64.b64encode(secrets.token_bytes(32)).decode().rstrip("="),
        "mchid": "19" + "".join(secrets.choice(string.digits) for _ in range(8)),
        "apiv3_key": _random(32),
        "public_key_id": "PUB_KEY_ID_01" + "".join(secrets.choice(string.digits) for _ in range(38)),
    }


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALNUM) for _ in range(length))


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _load_key(path: Path) -> rsa.RSAPrivateKey:
    # We made these keys ourselves; checking them again costs a third of a second each.
    key = serialization.load_pem_private_key(
        path.read_bytes(), password=None, unsafe_skip_rsa_key_validation=True
    )
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError(f"{path} is not an RSA key")
    return key


def _public_pem(key: rsa.RSAPublicKey) -> str:
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def _self_signed(key: rsa.RSAPrivateKey, subject: str) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    now = datetime.datetime.now(datetime.UTC)
    # The first bit set keeps the serial at exactly 40 hex digits.
    serial = int.from_bytes(secrets.token_bytes(20)) % (1 << 158) | (1 << 158)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=5 * 365))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _write_private(path: Path, key: rsa.RSAPrivateKey) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(path, pem.decode())


def _write(path: Path, text: str) -> None:
    """Owner-only, and never half written."""
    temporary = path.with_name(path.name + ".part")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
    temporary.replace(path)


def _write_env(data: Path, identity: Identity, names: dict[str, str]) -> Path:
    lines = {
        "WECHAT_APPID": identity.appid,
        "WECHAT_SECRET": identity.secret,
        "WECHAT_API_BASE_URL": identity.base_url,
        "WECHAT_MESSAGE_TOKEN": identity.message_token,
        "WECHAT_MESSAGE_AES_KEY": identity.message_aes_key,
        "WECHATPAY_BASE_URL": identity.base_url,
        "WECHATPAY_MCHID": identity.mchid,
        "WECHATPAY_CERT_SERIAL": identity.merchant_serial,
        "WECHATPAY_PRIVATE_KEY_FILE": str(data / "merchant_key.pem"),
        "WECHATPAY_APIV3_KEY": names["apiv3_key"],
        "WECHATPAY_PUBLIC_KEY_ID": identity.public_key_id,
        "WECHATPAY_PUBLIC_KEY_FILE": str(data / "wechatpay_public_key.pem"),
    }
    path = data / "merchant.env"
    _write(path, "".join(f"{key}={value}\n" for key, value in lines.items()))
    return path
