"""Who may speak for WeChat Pay: the keys we trust, by exact serial, and how an answer is verified.

The ring holds the WeChat Pay public key (``PUB_KEY_ID_…``) and any number of platform certificates side by
side, because during a migration both sign. It comes from settings only: nothing that arrives from outside
ever makes us fetch a certificate.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from shop.wechat.pay import signing

FRESHNESS = timedelta(minutes=5)
PROBE_PREFIX = "WECHATPAY/SIGNTEST/"


class Distrust(StrEnum):
    """Why a signed message is not believed."""

    MISSING = "missing_headers"
    UNSUPPORTED = "unsupported_type"
    STALE = "stale"
    UNKNOWN_SERIAL = "unknown_serial"
    PROBE = "probe"
    WRONG = "wrong_signature"


class BadSignature(Exception):
    """A message that cannot be believed; ``reason`` is safe to log, it holds nothing of the message."""

    def __init__(self, reason: Distrust) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class TrustedKey:
    """One key of WeChat's; a platform certificate is trusted until it expires, the public key for ever."""

    serial: str
    key: RSAPublicKey
    not_before: datetime | None = None
    not_after: datetime | None = None

    def valid_at(self, moment: datetime) -> bool:
        """Whether ``moment`` lies in the key's lifetime."""
        began = self.not_before is None or self.not_before <= moment
        return began and (self.not_after is None or moment <= self.not_after)


@dataclass(frozen=True)
class SignedHeaders:
    """The five headers WeChat Pay signs with, as received."""

    timestamp: str
    nonce: str
    serial: str
    signature: str
    signature_type: str

    @classmethod
    def read(cls, headers: Mapping[str, str]) -> "SignedHeaders":
        """Read from any case-insensitive header mapping; absent ones are empty."""
        return cls(
            timestamp=headers.get("Wechatpay-Timestamp") or "",
            nonce=headers.get("Wechatpay-Nonce") or "",
            serial=headers.get("Wechatpay-Serial") or "",
            signature=headers.get("Wechatpay-Signature") or "",
            signature_type=headers.get("Wechatpay-Signature-Type") or signing.SCHEME,
        )

    @property
    def present(self) -> bool:
        """Whether anything claims to sign this message."""
        return bool(self.signature or self.serial)


class KeyRing:
    """WeChat's keys by exact serial."""

    def __init__(self, keys: Iterable[TrustedKey]) -> None:
        self._keys = {key.serial: key for key in keys}

    def verify(self, headers: SignedHeaders, body: bytes, *, now: datetime) -> None:
        """Raise ``BadSignature`` unless ``body`` (raw bytes) was signed by a trusted key within five minutes.

        ``now`` is true time, never the shop's shifted clock. A probe (SIGNTEST) fails like any other.
        """
        if not (headers.timestamp and headers.nonce and headers.serial and headers.signature):
            raise BadSignature(Distrust.MISSING)
        if headers.signature_type != signing.SCHEME:
            raise BadSignature(Distrust.UNSUPPORTED)
        if not _fresh(headers.timestamp, now):
            raise BadSignature(Distrust.STALE)
        trusted = self._keys.get(headers.serial)
        if trusted is None or not trusted.valid_at(now):
            raise BadSignature(Distrust.UNKNOWN_SERIAL)
        if headers.signature.startswith(PROBE_PREFIX):
            raise BadSignature(Distrust.PROBE)
        message = signing.answer_message(headers.timestamp, headers.nonce, body)
        if not signing.verify(trusted.key, message, headers.signature):
            raise BadSignature(Distrust.WRONG)

    def newest(self, now: datetime) -> TrustedKey | None:
        """The valid platform certificate that lives longest; what to encrypt for without a public key."""
        valid = [key for key in self._keys.values() if key.valid_at(now)]
        return max(valid, key=lambda key: key.not_after or datetime.max.replace(tzinfo=UTC), default=None)

    def get(self, serial: str) -> TrustedKey | None:
        """The key of exactly this serial."""
        return self._keys.get(serial)


def public_key(serial: str, pem: str) -> TrustedKey:
    """The WeChat Pay public key; raises ValueError when the PEM holds no RSA public key."""
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA public key")
    return TrustedKey(serial=serial, key=key)


def platform_certificates(pem_bundle: str) -> list[TrustedKey]:
    """Every certificate of a PEM bundle, by its upper-case hex serial; raises ValueError on a broken one."""
    if not pem_bundle.strip():
        return []
    return [_certificate(each) for each in x509.load_pem_x509_certificates(pem_bundle.encode())]


def serial_of(certificate: x509.Certificate) -> str:
    """A certificate's serial as WeChat writes it: upper-case hex of whole bytes."""
    text = f"{certificate.serial_number:X}"
    return text.zfill(len(text) + len(text) % 2)


def _certificate(certificate: x509.Certificate) -> TrustedKey:
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA certificate")
    return TrustedKey(
        serial=serial_of(certificate),
        key=key,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )


def _fresh(timestamp: str, now: datetime) -> bool:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(int(timestamp) - now.timestamp()) <= FRESHNESS.total_seconds()
