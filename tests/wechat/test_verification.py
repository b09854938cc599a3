"""What is believed and what is not: freshness to the second, serials, probes, bodies; pure rules."""

import contextlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop.wechat.errors import WechatNotConfigured
from shop.wechat.inbox.notifications import Malformed, open_envelope
from shop.wechat.inbox.pushes import parse_body
from shop.wechat.mini import rules
from shop.wechat.pay import bodies, codes, signing
from shop.wechat.pay.keyring import BadSignature, Distrust, KeyRing, SignedHeaders, TrustedKey
from shop.wechat.pay.merchant import load_private_key, load_ring, merchant
from shop.wechat.pay.parsing import Reader, Unparsable, parse_refund, parse_transaction
from shop.wechat.pay.types import RefundRequest

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
BODY = '{"金额":1}'.encode()
RING = KeyRing(
    [
        TrustedKey("PUB_KEY_ID_1", KEY.public_key()),
        TrustedKey("OLD", KEY.public_key(), NOW - timedelta(days=9), NOW - timedelta(days=1)),
        TrustedKey("CERT", OTHER.public_key(), NOW - timedelta(days=9), NOW + timedelta(days=9)),
    ]
)


def signed(key: rsa.RSAPrivateKey = KEY, *, age: float = 0, serial: str = "PUB_KEY_ID_1", body: bytes = BODY):
    stamp = str(int(NOW.timestamp() - age))
    return SignedHeaders(
        timestamp=stamp,
        nonce="n0",
        serial=serial,
        signature=signing.sign(key, signing.answer_message(stamp, "n0", body)),
        signature_type=signing.SCHEME,
    )


@pytest.mark.parametrize("age", [0, 299, 300, -299, -300])
def test_five_minutes_either_way_are_fresh(age: int):
    assert distrust(signed(age=age)) is None


@pytest.mark.parametrize("age", [301, -301, 86400])
def test_one_second_more_is_stale(age: int):
    assert distrust(signed(age=age)) is Distrust.STALE


@pytest.mark.parametrize("stamp", ["", "soon", "1e9", "-5", "9" * 20, "１２３", "1.5"])
def test_a_timestamp_that_is_none(stamp: str):
    good = signed()
    headers = SignedHeaders(stamp, good.nonce, good.serial, good.signature, good.signature_type)
    assert distrust(headers) in (Distrust.STALE, Distrust.MISSING)


def test_every_key_of_the_ring_speaks_for_wechat_under_its_own_serial_only():
    assert distrust(signed(OTHER, serial="CERT")) is None
    assert distrust(signed(OTHER)) is Distrust.WRONG
    assert distrust(signed(serial="pub_key_id_1")) is Distrust.UNKNOWN_SERIAL
    assert distrust(signed(serial="OLD")) is Distrust.UNKNOWN_SERIAL, "expired"
    assert RING.newest(NOW).serial == "PUB_KEY_ID_1"  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["timestamp", "nonce", "serial", "signature"])
def test_every_header_is_needed(name: str):
    from dataclasses import replace

    assert distrust(replace(signed(), **{name: ""})) is Distrust.MISSING


def test_probes_other_schemes_and_altered_bodies():
    from dataclasses import replace

    good = signed()
    assert distrust(replace(good, signature="WECHATPAY/SIGNTEST/" + good.signature)) is Distrust.PROBE
    assert distrust(replace(good, signature_type="WECHATPAY2-SM2-WITH-SM3")) is Distrust.UNSUPPORTED
    assert distrust(good, body=BODY + b" ") is Distrust.WRONG
    assert distrust(replace(good, signature="not base64!")) is Distrust.WRONG


def distrust(headers: SignedHeaders, body: bytes = BODY) -> Distrust | None:
    """Why the message is not believed; None when it is."""
    try:
        RING.verify(headers, body, now=NOW)
    except BadSignature as refused:
        return refused.reason
    return None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ORDERPAID", "ORDER_PAID"),
        ("ORDER_PAID", "ORDER_PAID"),
        ("ORDERNOTEXIST", "ORDER_NOT_EXIST"),
        ("NOAUTH", "NO_AUTH"),
        ("SYSTEMERROR", "SYSTEM_ERROR"),
        ("RATELIMIT_EXCEEDED", "FREQUENCY_LIMITED"),
        ("RULELIMIT", "RULE_LIMIT"),
        ("SOMETHING_NEW", "SOMETHING_NEW"),
        ("", ""),
    ],
)
def test_codes_have_one_spelling(written: str, meant: str):
    assert codes.normalise(written) == meant


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200))
def test_no_envelope_can_do_more_than_be_malformed(body: bytes):
    with pytest.raises(Malformed):
        open_envelope(b"k" * 32, body)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["event_type", "resource"]), st.text() | st.none() | st.integers()))
def test_no_object_can_do_more_than_be_malformed(envelope: dict):
    with pytest.raises(Malformed):
        open_envelope(b"k" * 32, json.dumps(envelope))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200))
def test_a_pushed_body_is_an_object_or_malformed(body: bytes):
    with contextlib.suppress(Malformed):
        assert isinstance(parse_body(body), dict)


def test_xml_entities_are_refused():
    bomb = b'<!DOCTYPE x [<!ENTITY a "b">]><xml><Event>&a;</Event></xml>'
    with pytest.raises(Malformed):
        parse_body(bomb)


@pytest.mark.parametrize("value", [True, 1.5, "1", -1, 10**13, [], {}])
def test_an_amount_that_is_none(value: object):
    with pytest.raises(Unparsable):
        Reader({"total": value}).fen("total", required=True)


@pytest.mark.parametrize("text", ["2026-01-01", "yesterday", "2026-01-01T00:00:00", 5])
def test_a_time_that_is_none(text: object):
    with pytest.raises(Unparsable):
        Reader({"at": text}).moment("at")


def test_refunds_are_read_from_answers_and_from_notifications():
    common = {"out_refund_no": "R", "refund_id": "5", "amount": {"refund": 1, "total": 2}}
    assert parse_refund(common | {"status": "SUCCESS"}) == parse_refund(common | {"refund_status": "SUCCESS"})
    with pytest.raises(Unparsable):
        parse_refund(common)


def test_a_paid_order_without_transaction_id_is_not_understood():
    with pytest.raises(Unparsable):
        parse_transaction({"out_trade_no": "A", "trade_state": "SUCCESS", "amount": {"total": 1}})


def test_times_go_out_in_beijing():
    moment = datetime(2026, 1, 1, 0, 0, 0, 999999, tzinfo=UTC)
    assert bodies.beijing(moment) == "2026-01-01T08:00:00+08:00"
    assert rules.upload_time(moment) == "2026-01-01T08:00:00.999+08:00"


def test_a_refund_needs_a_number():
    with pytest.raises(ValueError):
        bodies.refund(RefundRequest(out_refund_no="R", amount_refund=1, amount_total=1))


@pytest.mark.parametrize(
    ("key", "text", "sent"),
    [
        ("thing1", "短", "短"),
        ("thing1", "a\nb", "a b"),
        ("thing1", "", "-"),
        ("thing1", "字" * 21, "字" * 19 + "…"),
        ("thing2", "x" * 21, "x" * 20),
        ("number1", "12件", "12"),
        ("letter1", "ab1", "ab"),
        ("symbol1", "!!!!!!", "!!!!!"),
        ("character_string1", "订单AB-1", "AB-1"),
        ("phone_number1", "+86 138 0013 8000", "+8613800138000"),
        ("car_number1", "粤A8Z888挂号", "粤A8Z888挂"),
        ("name1", "张" * 12, "张" * 10),
        ("name1", "x" * 22, "x" * 20),
        ("phrase1", "已发货 ok 请查收", "已发货请查"),
        ("amount1", "¥12.5元", "¥12.5元"),
        ("amount1", "12345678901.239", "1234567890"),
        ("amount1", "free", ""),
        ("time1", "2026年1月1日 08:00", "2026年1月1日 08:00"),
    ],
)
def test_subscribe_values_are_cut_to_their_key(key: str, text: str, sent: str):
    assert rules.fit_value(key, text) == sent


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(["thing", "number", "letter", "symbol", "character_string", "phrase", "name"]), st.text()
)
def test_no_value_is_longer_than_its_key_allows(kind: str, text: str):
    limit = {"thing": 20, "number": 32, "letter": 32, "symbol": 5, "character_string": 32, "phrase": 5}
    assert len(rules.fit_value(f"{kind}9", text)) <= limit.get(kind, 20)


@pytest.mark.parametrize(
    ("name", "value", "blamed"),
    [
        ("WECHATPAY_MCHID", "", "WECHATPAY_MCHID"),
        ("WECHATPAY_APIV3_KEY", "short", "WECHATPAY_APIV3_KEY"),
        ("WECHATPAY_PRIVATE_KEY", "x", "WECHATPAY_PRIVATE_KEY"),
        ("WECHATPAY_PUBLIC_KEY", "x", "WECHATPAY_PUBLIC_KEY"),
        ("WECHATPAY_PLATFORM_CERTS", "x", "WECHATPAY_PLATFORM_CERTS"),
    ],
)
def test_a_wrong_setting_is_named_but_not_shown(sandbox, request, name: str, value: str, blamed: str):
    setattr(request.getfixturevalue("settings"), name, value)
    with pytest.raises(WechatNotConfigured) as wrong:
        merchant()
    assert wrong.value.setting == blamed
    assert wrong.value.status == 503


def test_no_key_of_wechats_at_all():
    with pytest.raises(WechatNotConfigured):
        load_ring("", "", "")


def test_a_key_of_another_kind_is_refused():
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    with pytest.raises(WechatNotConfigured):
        load_private_key(pem.decode())
    with pytest.raises(WechatNotConfigured):
        load_ring("PUB_KEY_ID_1", public.decode(), "")
