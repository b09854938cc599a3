"""The steps that need no network: are the settings there, do the keys parse and belong together?"""

import base64
import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.conf import settings
from django.utils.translation import gettext as _

from shop.core import clock
from shop.wechat.doctor.findings import Finding, failed, ok, skipped, warning
from shop.wechat.errors import WechatNotConfigured
from shop.wechat.pay import keyring
from shop.wechat.pay.merchant import APIV3_KEY_BYTES, load_private_key

NOTIFY_PATHS = (
    "/api/v1/wechat/pay/notify",
    "/api/v1/wechat/refund/notify",
    "/api/v1/wechat/transfer/notify",
)
AES_KEY_LENGTH = 43
_MAX_URL = 255
_REQUIRED = (
    "WECHAT_APPID",
    "WECHAT_SECRET",
    "WECHATPAY_MCHID",
    "WECHATPAY_CERT_SERIAL",
    "WECHATPAY_PRIVATE_KEY",
    "WECHATPAY_APIV3_KEY",
)


def check_settings() -> Iterator[Finding]:
    """Every required setting has a value, and WeChat can be recognised by at least one key."""
    step = _("Settings")
    missing = [name for name in _REQUIRED if not getattr(settings, name)]
    if not (settings.WECHATPAY_PUBLIC_KEY or settings.WECHATPAY_PLATFORM_CERTS):
        missing.append("WECHATPAY_PUBLIC_KEY")
    if settings.WECHATPAY_PUBLIC_KEY and not settings.WECHATPAY_PUBLIC_KEY_ID:
        missing.append("WECHATPAY_PUBLIC_KEY_ID")
    if missing:
        names = ", ".join(missing)
        yield failed(step, _("Missing: %(names)s") % {"names": names}, _("Set these environment variables."))
    else:
        yield ok(step)


def check_private_key(certificate_pem: str) -> Iterator[Finding]:
    """The merchant's private key parses and, if its certificate is given, belongs to it and to the serial."""
    step = _("Merchant private key")
    try:
        key = load_private_key(settings.WECHATPAY_PRIVATE_KEY)
    except WechatNotConfigured:
        yield failed(
            step,
            _("WECHATPAY_PRIVATE_KEY is not an RSA private key in PEM form."),
            _("Use the file apiclient_key.pem of the merchant certificate, unchanged."),
        )
        return
    if key.key_size < 2048:
        yield failed(
            step, _("The key is shorter than 2048 bits."), _("Apply for a new merchant certificate.")
        )
        return
    yield ok(step)
    if certificate_pem:
        yield from _check_certificate(certificate_pem, key.public_key())


def check_apiv3_key() -> Iterator[Finding]:
    """The APIv3 key has exactly 32 bytes."""
    step, length = _("APIv3 key"), len(settings.WECHATPAY_APIV3_KEY.encode())
    if length != APIV3_KEY_BYTES:
        yield failed(
            step,
            _("WECHATPAY_APIV3_KEY has %(length)d bytes instead of 32.") % {"length": length},
            _("Copy it from the merchant platform: API security, APIv3 key. Without it no callback arrives."),
        )
    else:
        yield ok(step)


def check_wechat_keys() -> Iterator[Finding]:
    """WeChat's public key and platform certificates parse, are named plausibly and have not expired."""
    step = _("WeChat Pay's keys")
    if settings.WECHATPAY_PUBLIC_KEY:
        yield _public_key(step)
    try:
        certificates = keyring.platform_certificates(settings.WECHATPAY_PLATFORM_CERTS)
    except ValueError:
        yield failed(
            step,
            _("WECHATPAY_PLATFORM_CERTS is not a bundle of PEM certificates."),
            _("Download the platform certificates again, or use the WeChat Pay public key instead."),
        )
        return
    for certificate in certificates:
        yield _platform_certificate(step, certificate)


def check_addresses() -> Iterator[Finding]:
    """WeChat can call our addresses: https, public, no query string, short enough."""
    step, base = _("Callback address"), settings.WECHATPAY_NOTIFY_BASE_URL
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        yield failed(step, base, _("WECHATPAY_NOTIFY_BASE_URL must look like https://shop.example.com."))
    elif parts.query or parts.fragment or "?" in base:
        yield failed(step, base, _("Remove the query string: WeChat does not call addresses that have one."))
    elif len(base) + max(map(len, NOTIFY_PATHS)) > _MAX_URL:
        yield failed(step, base, _("Use a shorter address: WeChat allows 255 characters."))
    elif parts.scheme != "https":
        yield _not_https(step, base)
    elif not is_public(parts.hostname):
        yield failed(step, base, _("Use a host name that the internet can reach."))
    else:
        yield ok(step, base)


def check_message_push() -> Iterator[Finding]:
    """Message push is configured: token, and a 43-character AES key for safe mode."""
    step, token, key = _("Message push"), settings.WECHAT_MESSAGE_TOKEN, settings.WECHAT_MESSAGE_AES_KEY
    if not token:
        yield warning(
            step,
            _("WECHAT_MESSAGE_TOKEN is empty: no results of image checks and no shipping events arrive."),
            _("Set up message push in the mini-program console and copy token and EncodingAESKey."),
        )
    elif not key:
        yield warning(
            step,
            _("Plain mode: the messages are not encrypted."),
            _("Choose safe mode in the mini-program console and set WECHAT_MESSAGE_AES_KEY."),
        )
    elif not _is_aes_key(key):
        yield failed(
            step,
            _("WECHAT_MESSAGE_AES_KEY is not an EncodingAESKey of 43 characters."),
            _("Copy the EncodingAESKey from the mini-program console."),
        )
    else:
        yield ok(step)


def is_public(host: str) -> bool:
    """Whether the internet could reach this host, as far as its name tells."""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".local", ".internal", ".localhost", ".lan"))


def is_official(base_url: str) -> bool:
    """Whether this is one of WeChat's own hosts (and not a sandbox)."""
    return (urlsplit(base_url).hostname or "").endswith(".qq.com")


def _check_certificate(pem: str, public_key: RSAPublicKey) -> Iterator[Finding]:
    step = _("Merchant certificate")
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        yield failed(step, _("It is not a PEM certificate."), _("Give the file apiclient_cert.pem."))
        return
    serial = keyring.serial_of(certificate)
    if certificate.public_key() != public_key:
        yield failed(
            step,
            _("The private key belongs to another certificate."),
            _("Use apiclient_key.pem and apiclient_cert.pem of the same download."),
        )
    elif serial != settings.WECHATPAY_CERT_SERIAL:
        yield failed(
            step,
            _("The certificate's serial is %(serial)s.") % {"serial": serial},
            _("Set WECHATPAY_CERT_SERIAL to it."),
        )
    elif certificate.not_valid_after_utc < clock.wall():
        yield failed(step, _("The certificate has expired."), _("Apply for a new merchant certificate."))
    else:
        yield ok(step, serial)


def _public_key(step: str) -> Finding:
    try:
        keyring.public_key(settings.WECHATPAY_PUBLIC_KEY_ID, settings.WECHATPAY_PUBLIC_KEY)
    except ValueError:
        return failed(
            step,
            _("WECHATPAY_PUBLIC_KEY is not an RSA public key in PEM form."),
            _("Use the file pub_key.pem of the merchant platform, unchanged."),
        )
    if not settings.WECHATPAY_PUBLIC_KEY_ID.startswith("PUB_KEY_ID_"):
        return failed(
            step,
            _("WECHATPAY_PUBLIC_KEY_ID does not begin with PUB_KEY_ID_."),
            _("Copy the public key id from the merchant platform: API security."),
        )
    return ok(step, settings.WECHATPAY_PUBLIC_KEY_ID)


def _platform_certificate(step: str, certificate: keyring.TrustedKey) -> Finding:
    if not certificate.valid_at(clock.wall()):
        return warning(
            step,
            _("The platform certificate %(serial)s is not valid now.") % {"serial": certificate.serial},
            _("Remove it, and add its successor."),
        )
    return ok(step, certificate.serial)


def _not_https(step: str, base: str) -> Finding:
    if is_official(settings.WECHATPAY_BASE_URL):
        return failed(step, base, _("Use https: whoever reads the callbacks on their way knows your orders."))
    return skipped(step, _("%(base)s (fine for a sandbox)") % {"base": base})


def _is_aes_key(key: str) -> bool:
    try:
        return len(key) == AES_KEY_LENGTH and len(base64.b64decode(f"{key}=", validate=True)) == 32
    except ValueError:  # not base64, or not even ASCII
        return False
