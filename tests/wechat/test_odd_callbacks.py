"""Callbacks that are authentic in form and odd inside: refused, or stored so that nothing is lost."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.test import Client

from shop.core import clock
from shop.wechat.errors import WechatNotConfigured
from shop.wechat.inbox import notifications, processing
from shop.wechat.inbox.notifications import ALGORITHM, Malformed, open_envelope
from shop.wechat.inbox.pushes import PushConfig, parse_body, read_push
from shop.wechat.models import InboxMessage
from shop.wechat.pay import bodies
from shop.wechat.pay.keyring import BadSignature, Distrust, KeyRing, TrustedKey
from shop.wechat.pay.types import AbnormalRefundRequest
from tests.wechat.scripted import KEY_ID, WECHATS_KEY, merchant_of

KEY = b"k" * 32


def envelope(resource: bytes, *, key: bytes = KEY, **changes: Any) -> bytes:
    sealed = AESGCM(key).encrypt(b"n" * 12, resource, b"")
    inside = {"algorithm": ALGORITHM, "nonce": "n" * 12, "ciphertext": base64.b64encode(sealed).decode()}
    return json.dumps({"event_type": "REFUND.SUCCESS", "resource": inside | changes}).encode()


def test_an_envelope_is_opened():
    opened = open_envelope(KEY, envelope(b'{"out_refund_no": "R1"}'))
    assert opened == ("REFUND.SUCCESS", {"out_refund_no": "R1"})


@pytest.mark.parametrize(
    ("body", "blamed"),
    [
        (envelope(b"{}", nonce=5), "resource"),
        (envelope(b"{}", associated_data=["x"]), "resource"),
        (envelope(b"{}", ciphertext=None), "resource"),
        (envelope(b"{}", algorithm="AEAD_SM4_GCM"), "resource"),
        (envelope(b"{}", key=b"x" * 32), "ciphertext"),
        (envelope(b"[]"), "resource"),
        (envelope(b"not json"), "resource"),
        (b"[]", "body"),
    ],
)
def test_an_envelope_that_cannot_be_opened_says_which_part(body: bytes, blamed: str):
    with pytest.raises(Malformed, match=blamed):
        open_envelope(KEY, body)


def test_a_kind_we_do_not_know_is_told_apart_by_everything_in_it():
    assert notifications._facts({"complaint_id": "1"}) == {"complaint_id": "1"}
    assert notifications._reference({"out_trade_no": "not plain!", "complaint_id": "1"}) == ""


def push_query(token: str, **changes: str) -> dict[str, str]:
    import hashlib

    stamp = str(int(clock.wall().timestamp()))
    text = "".join(sorted((token, stamp, "n")))
    signature = hashlib.sha1(text.encode()).hexdigest()  # noqa: S324  the protocol's
    return {"timestamp": stamp, "nonce": "n", "signature": signature} | changes


PLAIN = PushConfig(appid="wx1", token="t", aes_key="")


@pytest.mark.parametrize(
    ("body", "blamed"),
    [
        (b'{"MsgType": "event", "Event": "a b<c>"}', "Event"),
        (b'{"Encrypt": "x"}', "Encrypt"),
        (b"[1]", "body"),
        (b"<other/>", "body"),
        (b"<xml", "body"),
    ],
)
def test_a_push_that_makes_no_sense_says_which_part(body: bytes, blamed: str):
    with pytest.raises(Malformed, match=blamed):
        read_push(PLAIN, push_query("t"), body)


def test_a_signature_of_another_token_and_a_safe_message_without_content_are_not_believed():
    with pytest.raises(BadSignature) as refused:
        read_push(PLAIN, push_query("other"), b"{}")
    assert refused.value.reason is Distrust.WRONG
    safe = PushConfig(appid="wx1", token="t", aes_key="a" * 43)
    with pytest.raises(BadSignature) as refused:
        read_push(safe, push_query("t"), b'{"Encrypt": ""}')
    assert refused.value.reason is Distrust.MISSING
    assert parse_body(b"<xml><Event>a</Event></xml>") == {"Event": "a"}


@pytest.mark.django_db
def test_a_shop_without_message_push_answers_503_and_an_endless_body_413(settings):
    settings.WECHAT_MESSAGE_TOKEN = ""
    assert Client().post("/api/v1/wechat/messages", b"{}", content_type="text/xml").status_code == 503
    settings.WECHAT_MESSAGE_TOKEN = "t"
    answer = Client().post("/api/v1/wechat/messages", b"x" * (2 * 1024 * 1024), content_type="text/xml")
    assert answer.status_code == 413
    assert InboxMessage.objects.count() == 0


@pytest.mark.django_db
def test_a_failure_of_a_message_that_is_gone_is_recorded_nowhere():
    processing._record_failure(0, "too late")
    assert InboxMessage.objects.count() == 0


def test_without_a_valid_key_of_wechats_nothing_is_encrypted():
    from dataclasses import replace

    merchant = replace(merchant_of("http://127.0.0.1:9"), public_key_id="", ring=KeyRing([]))
    with pytest.raises(WechatNotConfigured) as refused:
        merchant.encryption_key(clock.wall())
    assert refused.value.setting == "WECHATPAY_PUBLIC_KEY"


def test_an_abnormal_refund_tells_only_what_it_was_given():
    request = AbnormalRefundRequest(refund_id="5", out_refund_no="R1", kind="MERCHANT_BANK_CARD")
    body = bodies.abnormal_refund(request, TrustedKey(KEY_ID, WECHATS_KEY.public_key()))
    assert body == {"out_refund_no": "R1", "type": "MERCHANT_BANK_CARD"}
