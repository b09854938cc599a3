"""The doctor finds every mistake that is planted, says what to fix, and keeps secrets to itself."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.management import call_command

from tests.sandbox_process import SandboxProcess


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and what was printed."""
    out = io.StringIO()
    try:
        call_command("wechat_doctor", "--language", "en", *arguments, stdout=out, no_color=True)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def other_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def public_pem(key: rsa.RSAPrivateKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


@pytest.fixture
def shop(sandbox: SandboxProcess, settings: Any, live_server: Any, transactional_db: None) -> SandboxProcess:
    """A correctly configured shop whose callback addresses really answer."""
    settings.WECHATPAY_NOTIFY_BASE_URL = live_server.url
    return sandbox


def test_a_correct_merchant_passes(shop: SandboxProcess):
    certificate = str(shop.data / "merchant_cert.pem")
    code, text = run("--certificate", certificate, "--callback")
    assert code == 0, text
    assert "0 failed" in text
    for step in ("Settings", "Merchant certificate", "Access token", "Signature and encryption",
                 "Mini-program bound to the merchant", "Callback arrives"):  # fmt: skip
        assert f"✓ {step}" in text


Plant = Callable[[Any, SandboxProcess], object]


def setting(name: str, value: Any) -> Plant:
    return lambda settings, _sandbox: setattr(settings, name, value)


MISTAKES: dict[str, tuple[Plant, str, str]] = {
    "nothing set": (setting("WECHAT_SECRET", ""), "Missing: WECHAT_SECRET", "environment variables"),
    "no key of WeChat's": (
        setting("WECHATPAY_PUBLIC_KEY", ""),
        "Missing: WECHATPAY_PUBLIC_KEY",
        "environment variables",
    ),
    "key that is none": (
        setting("WECHATPAY_PRIVATE_KEY", "nonsense"),
        "not an RSA private key",
        "apiclient_key",
    ),
    "short APIv3 key": (setting("WECHATPAY_APIV3_KEY", "short"), "5 bytes instead of 32", "APIv3 key"),
    "public key that is none": (setting("WECHATPAY_PUBLIC_KEY", "x"), "not an RSA public key", "pub_key.pem"),
    "certificates that are none": (setting("WECHATPAY_PLATFORM_CERTS", "x"), "PEM certificates", "Download"),
    "public key id of another kind": (
        setting("WECHATPAY_PUBLIC_KEY_ID", "5DEA10EF"),
        "PUB_KEY_ID_",
        "merchant platform",
    ),
    "wrong secret": (setting("WECHAT_SECRET", "0" * 32), "40125", "WECHAT_SECRET is wrong"),
    "wrong appid": (setting("WECHAT_APPID", "wx0000000000000000"), "40013", "not a mini-program's appid"),
    "address not allowed": (
        lambda _, sandbox: sandbox.settings(ip_allowed=False),
        "40164",
        "IP address 127.0.0.1",
    ),
    "private key of another": (
        lambda settings, _: setattr(settings, "WECHATPAY_PRIVATE_KEY", private_pem(other_key())),
        "SIGN_ERROR",
        "do not belong together",
    ),
    "wrong serial": (setting("WECHATPAY_CERT_SERIAL", "AB" * 20), "SIGN_ERROR", "do not belong together"),
    "public key of another": (
        lambda settings, _: setattr(settings, "WECHATPAY_PUBLIC_KEY", public_pem(other_key())),
        "Signature and encryption",
        "check WECHATPAY_PUBLIC_KEY",
    ),
    "wrong merchant number": (
        setting("WECHATPAY_MCHID", "1900000001"),
        "SIGN_ERROR",
        "do not belong together",
    ),
    "push key": (setting("WECHAT_MESSAGE_AES_KEY", "tooshort"), "43 characters", "EncodingAESKey"),
    "query string": (
        setting("WECHATPAY_NOTIFY_BASE_URL", "https://shop.example.com/?a=1"),
        "✗ Callback address",
        "query string",
    ),
    "nobody answers": (
        setting("WECHATPAY_NOTIFY_BASE_URL", "http://127.0.0.1:9"),
        "✗ Callback addresses answer",
        "DNS",
    ),
    "WeChat unreachable": (setting("WECHATPAY_BASE_URL", "http://127.0.0.1:9"), "cannot be reached", "PROXY"),
}


@pytest.mark.parametrize("name", list(MISTAKES))
def test_every_planted_mistake_is_found(shop: SandboxProcess, settings: Any, name: str):
    plant, seen, advice = MISTAKES[name]
    plant(settings, shop)
    code, text = run()
    assert code == 1, text
    failures = list(text.split("\n✗")[1:]) or [text]
    assert any(seen.removeprefix("✗ ") in block and advice in block for block in failures), text
    for secret in ("WECHAT_SECRET", "WECHATPAY_APIV3_KEY", "WECHATPAY_PRIVATE_KEY", "WECHAT_MESSAGE_AES_KEY"):
        value = shop.env.get(secret) or shop.env.get(f"{secret}_FILE", "")
        assert value not in text


def test_certificate_of_another_key(shop: SandboxProcess):
    code, text = run("--offline", "--certificate", str(shop.data / "platform_cert.pem"))
    assert code == 1
    assert "belongs to another certificate" in text


def test_certificate_with_another_serial(shop: SandboxProcess, settings: Any):
    settings.WECHATPAY_CERT_SERIAL = "00FF"
    code, text = run("--offline", "--certificate", str(shop.data / "merchant_cert.pem"))
    assert code == 1
    assert "Set WECHATPAY_CERT_SERIAL to it." in text
    assert shop.env["WECHATPAY_CERT_SERIAL"] in text


@pytest.mark.parametrize(
    ("base", "advice"),
    [
        ("http://shop.example.com", "Use https"),
        ("https://localhost", "internet can reach"),
        ("https://10.1.2.3", "internet can reach"),
        ("https://" + "a" * 250 + ".com", "255 characters"),
        ("shop.example.com", "must look like"),
    ],
)
def test_addresses_are_judged_strictly_with_the_real_wechat(sandbox, settings: Any, base: str, advice: str):
    settings.WECHATPAY_BASE_URL = "https://api.mch.weixin.qq.com"
    settings.WECHATPAY_NOTIFY_BASE_URL = base
    code, text = run("--offline")
    assert code == 1
    assert advice in text


def test_skewed_clock(shop: SandboxProcess, time_machine):
    import time as real

    time_machine.move_to(real.time() + 400)
    code, text = run()
    assert code == 1
    assert "✗ Clock: 400 seconds apart" in text or "✗ Clock: 401 seconds apart" in text
    assert "NTP" in text
