"""What the doctor says about each thing that can be wrong at WeChat's end or with a file, and what to fix."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from django.utils import translation

from shop.wechat.doctor import local, remote
from shop.wechat.doctor.findings import Finding, Verdict
from shop.wechat.pay import keyring, signing
from tests.wechat import scripted
from tests.wechat.scripted import Reply, Script, serving

OK, WARNING, FAILED, SKIPPED = Verdict.OK, Verdict.WARNING, Verdict.FAILED, Verdict.SKIPPED
Check = Callable[[], Iterator[Finding]]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def found(check: Callable[..., Iterator[Finding]], *arguments: Any) -> list[tuple[Verdict, str, str]]:
    return [(each.verdict, str(each.detail), str(each.fix)) for each in check(*arguments)]


def asking(settings: Any, script: Script, check: Check) -> list[tuple[Verdict, str, str]]:
    with serving(script) as url:
        scripted.configure(settings, url)
        settings.WECHATPAY_NOTIFY_BASE_URL = url
        return found(check)


def always(status: int, headers: dict[str, str] | None = None, **members: Any) -> Script:
    return lambda _method, _path, _body: Reply(status, json.dumps(members).encode(), headers or {})


def certificate(key: Any, *, days: int = 30, began: int = 60) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(0xABC)
        .not_valid_before(now - timedelta(days=began))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


# -- settings and files


def test_a_public_key_without_its_id_is_missing_something(settings):
    scripted.configure(settings, "http://127.0.0.1:9")
    settings.WECHATPAY_PUBLIC_KEY_ID = ""
    assert found(local.check_settings)[0][:2] == (FAILED, "Missing: WECHATPAY_PUBLIC_KEY_ID")


def test_a_short_private_key(settings):
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505  that is the point
    settings.WECHATPAY_PRIVATE_KEY = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    assert found(local.check_private_key, "") == [
        (FAILED, "The key is shorter than 2048 bits.", "Apply for a new merchant certificate.")
    ]


@pytest.mark.parametrize(
    ("pem", "verdict", "detail"),
    [
        ("nonsense", FAILED, "It is not a PEM certificate."),
        (certificate(scripted.OURS, days=-1), FAILED, "The certificate has expired."),
        (certificate(scripted.OURS), OK, "0ABC"),
    ],
)
def test_the_merchants_certificate(settings, pem: str, verdict: Verdict, detail: str):
    scripted.configure(settings, "http://127.0.0.1:9")
    settings.WECHATPAY_CERT_SERIAL = "0ABC"
    assert found(local.check_private_key, pem)[1][:2] == (verdict, detail)


def test_platform_certificates_are_named_with_what_is_wrong(settings):
    scripted.configure(settings, "http://127.0.0.1:9")
    settings.WECHATPAY_PUBLIC_KEY = ""
    for days, seen in (
        (30, (OK, "0ABC")),
        (-1, (WARNING, "The platform certificate 0ABC is not valid now.")),
    ):
        settings.WECHATPAY_PLATFORM_CERTS = certificate(scripted.WECHATS_KEY, days=days)
        assert [each[:2] for each in found(local.check_wechat_keys)] == [seen]
    settings.WECHATPAY_PLATFORM_CERTS = certificate(ec.generate_private_key(ec.SECP256R1()))
    assert found(local.check_wechat_keys)[0][0] is FAILED
    with pytest.raises(ValueError, match="RSA"):
        keyring.platform_certificates(settings.WECHATPAY_PLATFORM_CERTS)


@pytest.mark.parametrize(
    ("token", "key", "verdict", "said"),
    [
        ("", "", WARNING, "WECHAT_MESSAGE_TOKEN is empty"),
        ("t", "", WARNING, "Plain mode"),
        ("t", "!" * 43, FAILED, "not an EncodingAESKey"),
        ("t", "a" * 42 + "é", FAILED, "not an EncodingAESKey"),
        ("t", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", OK, ""),
    ],
)
def test_message_push(settings, token: str, key: str, verdict: Verdict, said: str):
    settings.WECHAT_MESSAGE_TOKEN, settings.WECHAT_MESSAGE_AES_KEY = token, key
    [(seen, detail, _fix)] = found(local.check_message_push)
    assert seen is verdict
    assert said in detail


def test_a_public_address_is_fine(settings):
    settings.WECHATPAY_NOTIFY_BASE_URL = "https://shop.example.com"
    assert found(local.check_addresses) == [(OK, "https://shop.example.com", "")]


# -- asking WeChat


@pytest.mark.parametrize(
    ("seconds", "verdict"), [(None, SKIPPED), (0, OK), (60, WARNING), (-60, WARNING), (900, FAILED)]
)
def test_the_clocks_are_compared(settings, seconds: int | None, verdict: Verdict):
    moment = datetime.now(UTC) + timedelta(seconds=seconds or 0)
    headers = {} if seconds is None else {"Date": format_datetime(moment)}
    [(seen, detail, _fix)] = asking(settings, always(401, headers), remote.check_clock)
    assert seen is verdict
    assert ("no date" in detail) is (seconds is None)


@pytest.mark.parametrize(
    ("code", "message", "fix"),
    [
        (40164, "invalid ip 203.0.113.9 ipv6", "Add the IP address 203.0.113.9 to the allow-list"),
        (40164, "no address", "Add the IP address ? to the allow-list"),
        (41004, "appsecret missing", "WECHAT_SECRET is wrong"),
        (50002, "user limited", "Look the number up"),
    ],
)
def test_a_token_that_is_refused(settings, code: int, message: str, fix: str):
    [(verdict, detail, advice)] = asking(
        settings, always(200, errcode=code, errmsg=message), remote.check_token
    )
    assert (verdict, detail) == (FAILED, f"{code} {message}")
    assert advice.startswith(fix)


def test_a_token_that_nobody_gives(settings):
    [(verdict, detail, advice)] = asking(settings, always(500), remote.check_token)
    assert (verdict, detail) == (FAILED, "server_error")
    assert advice.startswith("WeChat did not answer")


@pytest.mark.parametrize(
    ("script", "fix"),
    [
        (always(400, code="PARAM_ERROR", message="m"), "WECHATPAY_PUBLIC_KEY_ID belong together"),
        (always(401, code="SIGN_ERROR", message="m"), "do not belong together"),
        (always(500), "Try again"),
        (lambda *_: Reply(200, b"{}", signed=False), "WeChat's answer does not verify"),
    ],
)
def test_a_self_test_that_fails(settings, script: Script, fix: str):
    for check in (remote.check_echo, remote.check_callback):
        [(verdict, _detail, advice)] = asking(settings, script, check)
        assert verdict is FAILED
        assert fix in advice


@pytest.mark.parametrize(
    "returned", ["", "not base64", signing.encrypt_for(scripted.OURS.public_key(), "other")]
)
def test_an_encrypted_field_that_comes_back_as_something_else(settings, returned: str):
    def echo(_method: str, _path: str, body: bytes) -> Reply:
        said = json.loads(body)["echo_message"]
        return Reply(200, json.dumps({"echo_message": said, "encrypted_echo_message": returned}).encode())

    [(verdict, detail, _fix)] = asking(settings, echo, remote.check_echo)
    assert (verdict, detail) == (FAILED, "An encrypted field did not come back as it was sent.")


@pytest.mark.django_db
def test_a_callback_that_does_not_come(settings, monkeypatch):
    monkeypatch.setattr(remote, "ECHO_SECONDS", 0.3)

    def echo(_method: str, _path: str, body: bytes) -> Reply:
        return Reply(200, json.dumps({"echo_message": json.loads(body)["echo_message"]}).encode())

    [(verdict, detail, advice)] = asking(settings, echo, remote.check_callback)
    assert (verdict, detail) == (FAILED, "No callback within 0 seconds.")
    assert "firewall" in advice


def orders_answer(status: int, code: str) -> Script:
    missing = always(404, code="ORDER_NOT_EXIST", message="none")
    ordered = always(status, code=code, message="m")
    return lambda method, path, body: (ordered if method == "POST" else missing)(method, path, body)


@pytest.mark.parametrize(
    ("status", "code", "verdict", "fix"),
    [
        (400, "APPID_MCHID_NOT_MATCH", FAILED, "Bind WECHAT_APPID"),
        (400, "PARAM_ERROR", OK, ""),
        (400, "INVALID_REQUEST", OK, ""),
        (403, "NO_AUTH", WARNING, "may use JSAPI payment"),
        (500, "SYSTEM_ERROR", WARNING, "may use JSAPI payment"),
    ],
)
def test_the_binding_of_merchant_and_mini_program(
    settings, status: int, code: str, verdict: Verdict, fix: str
):
    merchant, binding = asking(settings, orders_answer(status, code), remote.check_merchant)
    assert merchant == (OK, "", "")
    assert binding[0] is verdict
    assert fix in binding[2]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (always(403, code="NO_AUTH", message="no"), "403 NO_AUTH no"),
        (always(200, out_trade_no="X"), "unparsable"),
    ],
)
def test_a_merchant_that_may_not_ask_for_its_orders(settings, script: Script, said: str):
    [(verdict, detail, advice)] = asking(settings, script, remote.check_merchant)
    assert (verdict, detail) == (FAILED, said)
    assert "WECHATPAY_MCHID" in advice


@pytest.mark.parametrize(
    ("script", "verdict", "fix"),
    [
        (always(401, code="FAIL", message="m"), OK, ""),
        (always(302, {"Location": "/login"}), FAILED, "It redirects"),
        (always(200, ok=True), FAILED, "Something else answers there"),
        (lambda *_: Reply(401, b"<html>"), FAILED, "Something else answers there"),
        (lambda *_: Reply(401, b"[]"), FAILED, "Something else answers there"),
    ],
)
def test_our_callback_addresses_are_tried(settings, script: Script, verdict: Verdict, fix: str):
    seen = asking(settings, script, remote.check_reachable)
    assert [each[0] for each in seen] == [verdict] * 3
    assert all(fix in each[2] for each in seen)


def test_an_address_that_is_not_public_is_not_tried_with_the_real_wechat(settings):
    settings.WECHATPAY_BASE_URL = "https://api.mch.weixin.qq.com"
    settings.WECHATPAY_NOTIFY_BASE_URL = "https://shop.local"
    assert found(remote.check_reachable) == [(SKIPPED, "The address is not public.", "")]
