"""The configured merchant: who we are for WeChat Pay, read from settings once per set of values."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings

from shop.wechat.errors import WechatNotConfigured
from shop.wechat.pay.keyring import KeyRing, TrustedKey, platform_certificates, public_key

APIV3_KEY_BYTES = 32


@dataclass(frozen=True)
class Merchant:
    """Names and keys. ``public_key_id`` is empty in platform-certificate mode."""

    appid: str
    mchid: str
    serial: str
    private_key: RSAPrivateKey
    apiv3_key: bytes
    public_key_id: str
    ring: KeyRing
    base_url: str
    backup_base_url: str

    def encryption_key(self, now: datetime) -> TrustedKey:
        """The key for sensitive fields: the public key, else the newest platform certificate."""
        key = self.ring.get(self.public_key_id) if self.public_key_id else self.ring.newest(now)
        if key is None:
            raise WechatNotConfigured(setting="WECHATPAY_PUBLIC_KEY")
        return key

    def __repr__(self) -> str:
        return f"Merchant(mchid={self.mchid!r}, serial={self.serial!r})"


def merchant() -> Merchant:
    """Return the merchant of the settings; raises WechatNotConfigured naming a setting that is wrong."""
    return _merchant(
        settings.WECHAT_APPID,
        settings.WECHATPAY_MCHID,
        settings.WECHATPAY_CERT_SERIAL,
        settings.WECHATPAY_PRIVATE_KEY,
        settings.WECHATPAY_APIV3_KEY,
        settings.WECHATPAY_PUBLIC_KEY_ID,
        settings.WECHATPAY_PUBLIC_KEY,
        settings.WECHATPAY_PLATFORM_CERTS,
        settings.WECHATPAY_BASE_URL,
        settings.WECHATPAY_BACKUP_BASE_URL,
    )


@lru_cache(maxsize=8)
def _merchant(
    appid: str,
    mchid: str,
    serial: str,
    private_key_pem: str,
    apiv3_key: str,
    public_key_id: str,
    public_key_pem: str,
    platform_certs: str,
    base_url: str,
    backup_base_url: str,
) -> Merchant:
    required = {"WECHAT_APPID": appid, "WECHATPAY_MCHID": mchid, "WECHATPAY_CERT_SERIAL": serial}
    for name, value in required.items():
        if not value:
            raise WechatNotConfigured(setting=name)
    if len(apiv3_key.encode()) != APIV3_KEY_BYTES:
        raise WechatNotConfigured(setting="WECHATPAY_APIV3_KEY")
    return Merchant(
        appid=appid,
        mchid=mchid,
        serial=serial,
        private_key=load_private_key(private_key_pem),
        apiv3_key=apiv3_key.encode(),
        public_key_id=public_key_id,
        ring=load_ring(public_key_id, public_key_pem, platform_certs),
        base_url=base_url,
        backup_base_url=backup_base_url,
    )


def load_private_key(pem: str) -> RSAPrivateKey:
    """Parse the merchant's API private key; raises WechatNotConfigured without showing any of it."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        raise WechatNotConfigured(setting="WECHATPAY_PRIVATE_KEY") from None
    if not isinstance(key, RSAPrivateKey):
        raise WechatNotConfigured(setting="WECHATPAY_PRIVATE_KEY")
    return key


def load_ring(public_key_id: str, public_key_pem: str, platform_certs: str) -> KeyRing:
    """Build the key ring; at least one key of WeChat's must be there."""
    keys: list[TrustedKey] = []
    if public_key_id or public_key_pem:
        try:
            keys.append(public_key(public_key_id, public_key_pem))
        except ValueError:
            raise WechatNotConfigured(setting="WECHATPAY_PUBLIC_KEY") from None
    try:
        keys.extend(platform_certificates(platform_certs))
    except ValueError:
        raise WechatNotConfigured(setting="WECHATPAY_PLATFORM_CERTS") from None
    if not keys:
        raise WechatNotConfigured(setting="WECHATPAY_PUBLIC_KEY")
    return KeyRing(keys)
