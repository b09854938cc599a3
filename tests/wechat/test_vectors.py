"""Our cryptography and readers against data that other people published (see vectors/NOTICE.md)."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from shop.wechat.inbox.notifications import open_envelope
from shop.wechat.inbox.pushes import PushConfig, read_push, verify_address
from shop.wechat.pay import bills, keyring, signing
from shop.wechat.pay.keyring import BadSignature, Distrust, KeyRing, SignedHeaders
from shop.wechat.pay.merchant import load_private_key
from tests.sandbox import published_vectors as published

GO_SIGNATURE_OF_SOURCE = (
    "BKyAfU4iMCuvXMXS0Wzam3V/cnxZ+JaqigPM5OhljS2iOT95OO6Fsuml2JkFANJU9K6q9bLlDhPXuoVz+pp4hAm6"
    "pHU4ld815U4jsKu1RkyaII+1CYBUYC8TK0XtJ8FwUXXz8vZHh58rrAVN1XwNyvD1vfpxrMT4SL536GLwvpUHlCqIMzoZUguLli/K8V29QiOh"
    "uH6IEqLNJn8e9b3nwNcQ7be3CzYGpDAKBfDGPCqCv8Rw5zndhlffk2FEA70G4hvMwe51qMN/RAJbknXG23bSlObuTCN7Ndj1aJGH6/L+hdwf"
    "LpUtJm4QYVazzW7DFD27EpSQEqA8bX9+8m1rLg=="
)
JAVA_SIGNATURE_OF_MESSAGE = (
    "Rq+5ZpWV6IHTWE1+9gCrYJKguNgbItpMdlIA+PVCPCdUAKNlohZz7CL7Y8xWDIFJjdGnErMj6Z+Q/h9CF5MV+nAVkqDmBR0uP5pp"
    "sUEzco4ijvKHsvI2ro4boSW6vSfQs3W8I4QSI9a0/NFIgvj83Fv27LIYZf7deaFWmEwd1fpAeJRCyoKyBeJPdsjVx0//Lqe6"
    "Wze2zVdliLcBvaHCfpd8+rAVGS+FQDeWgHqJ7n/Zy09LmV1/ghs7pO1mdjdD16SHKlysAD3K5hNGUJX/SHrEXEcu1yO1AOb/"
    "YvOVkjNh8243rcfXNE5L4ph2XS11vS+2aToKYSOcKUagf0LLaw=="
)
JAVA_OAEP_OF_PLAINTEXT = (
    "Qqsluo7R1IZyAqdkm/jBzwXDP5VndCwwFbRA+yILFTYciZzrRChQIQ7SKuI2k3YSR5auB3Zsp"
    "djR1WPB3PTCKe6BCFx3NnaPWhSwonYTmW8ZseXjkbcYSbKL5O/6dr6Zftg3t2A2FUd97acjM1fr2EIvIvRieQ3Hl8qVkDBY9520wm1rz"
    "vePUnxQWN70RZiBcqr7O7Gb0gU3l7FkvoUFSbY44HgDJetmVow3yGIV3Tcd45o2MNQ+5F1qvjIjb3/6dkGKce4/kNTYraUMO6o6kfFXl"
    "fg+bFRIiz8hiUpbToWdu7g0R5Hq0/YIE5vw/5Ms4gbk2HIQIfOLkY8sEPjYHA=="
)
PUSH = PushConfig(appid=published.PUSH_APPID, token=published.PUSH_TOKEN, aes_key=published.PUSH_AES_KEY)


def test_documentation_signs_a_post():
    key = load_private_key(published.DOCS_PRIVATE_KEY.decode())
    header = signing.authorization(
        key,
        mchid="1900007291",
        serial="408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB",
        method="POST",
        path=published.DOCS_PATH,
        body=published.DOCS_BODY.encode(),
        timestamp=published.DOCS_TIMESTAMP,
        nonce=published.DOCS_NONCE,
    )
    assert header == (
        'WECHATPAY2-SHA256-RSA2048 mchid="1900007291",nonce_str="593BEC0C930BF1AFEB40B4A08C8FB242",'
        f'signature="{published.DOCS_SIGNATURE}",timestamp="1554208460",'
        'serial_no="408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB"'
    )


def test_documentation_signs_the_mini_program_invocation():
    key = load_private_key(published.DOCS_PRIVATE_KEY.decode())
    signed = signing.pay_sign(
        key,
        appid=published.PAY_APPID,
        timestamp=published.DOCS_TIMESTAMP,
        nonce=published.DOCS_NONCE,
        package=published.PAY_PACKAGE,
    )
    assert signed == published.PAY_SIGN


def test_go_sdk_signing_primitive(vectors: Path):
    key = load_private_key((vectors / "go_sdk_key.pem").read_text())
    assert signing.sign(key, b"source") == GO_SIGNATURE_OF_SOURCE


@pytest.mark.parametrize(
    ("message", "signature", "good"),
    [
        (b"source", GO_SIGNATURE_OF_SOURCE, True),
        (b"wrong source", GO_SIGNATURE_OF_SOURCE, False),
        (b"", GO_SIGNATURE_OF_SOURCE, False),
        (b"source", "", False),
        (b"source", "invalid base64 signature", False),
    ],
)
def test_go_sdk_public_key_verifier(vectors: Path, message: bytes, signature: str, good: bool):
    key = load_pem_public_key((vectors / "go_sdk_public_key.pem").read_bytes())
    assert signing.verify(key, message, signature) is good  # type: ignore[arg-type]


def test_go_sdk_notification_verifies_and_opens():
    # Given the certificate of the Go SDK's test, on the day of its notification
    ring = KeyRing(keyring.platform_certificates(published.GO_CERTIFICATE.decode()))
    headers = SignedHeaders(
        timestamp=published.GO_TIMESTAMP,
        nonce=published.GO_NONCE,
        serial="D7CE59D1F522D701",
        signature=published.GO_SIGNATURE,
        signature_type=signing.SCHEME,
    )
    now = datetime.fromtimestamp(int(published.GO_TIMESTAMP), UTC)
    body = published.GO_BODY.encode()
    # When it is verified and opened (its key has 16 bytes; only our settings insist on 32)
    ring.verify(headers, body, now=now)
    event_type, resource = open_envelope(published.GO_KEY, body)
    # Then it says what was published; the same body with another key order does not verify
    assert event_type == "PAYSCORE.USER_OPEN_SERVICE"
    assert resource == json.loads(published.GO_PLAINTEXT)
    reordered = json.dumps(json.loads(body), ensure_ascii=False).encode()
    with pytest.raises(BadSignature) as refused:
        ring.verify(headers, reordered, now=now)
    assert refused.value.reason is Distrust.WRONG


def test_java_sdk_aes_gcm():
    opened = signing.decrypt_resource(
        published.JAVA_APIV3_KEY,
        nonce=published.JAVA_NONCE,
        associated_data="associatedData",
        ciphertext=published.JAVA_CIPHERTEXT,
    )
    assert opened == b"message"
    with pytest.raises(signing.Undecryptable):
        signing.decrypt_resource(
            published.JAVA_APIV3_KEY,
            nonce=published.JAVA_NONCE,
            associated_data="another",
            ciphertext=published.JAVA_CIPHERTEXT,
        )


def test_java_sdk_certificate_download(vectors: Path):
    answer = json.loads((vectors / "java_sdk_certificates.json").read_text())["data"][0]
    sealed = answer["encrypt_certificate"]
    pem = signing.decrypt_resource(
        published.JAVA_APIV3_KEY,
        nonce=sealed["nonce"],
        associated_data=sealed["associated_data"],
        ciphertext=sealed["ciphertext"],
    )
    (trusted,) = keyring.platform_certificates(pem.decode())
    assert trusted.serial == answer["serial_no"] == "5DEA10EF55877E3CF6C33255C2E7DEFFF7E427EC"
    assert trusted.not_after == datetime.fromisoformat("2028-09-17T23:15:58+08:00")
    certificate = x509.load_pem_x509_certificate(pem)
    assert keyring.serial_of(certificate) == answer["serial_no"]


def test_java_sdk_deterministic_signature(vectors: Path):
    key = load_private_key((vectors / "java_sdk_merchant_key.pem").read_text())
    assert signing.sign(key, b"message") == JAVA_SIGNATURE_OF_MESSAGE
    assert signing.verify(key.public_key(), b"message", JAVA_SIGNATURE_OF_MESSAGE)


def test_java_sdk_sensitive_fields(vectors: Path):
    key = load_private_key((vectors / "java_sdk_merchant_key.pem").read_text())
    assert signing.decrypt_field(key, JAVA_OAEP_OF_PLAINTEXT) == "plaintext"
    assert signing.decrypt_field(key, signing.encrypt_for(key.public_key(), "张三")) == "张三"
    with pytest.raises(signing.Undecryptable):
        signing.decrypt_field(key, "AAAA")


def test_php_sdk_bill(vectors: Path):
    bill = bills.read_trade_bill(vectors / "bill.ALL.csv")
    rows = list(bill)
    # Then every row is read, and the sums are what WeChat's own summary says
    assert len(rows) == 45
    summary = bill.summary
    assert summary is not None
    assert (summary.count, summary.settled, summary.refund, summary.fee) == (45, 47, 14, 8)
    assert (summary.total, summary.refund_requested, summary.refund_coupon) == (47, 14, 0)
    assert sum(row.settled for row in rows) == summary.settled
    assert sum(row.refund for row in rows) == summary.refund
    assert sum(row.fee for row in rows) == summary.fee
    assert sum(row.is_refund for row in rows) == 14
    first = rows[0]
    assert first.out_refund_no == "REF4200000263201902167700963919"
    assert first.time.isoformat() == "2019-02-19T05:01:46+08:00"
    assert (first.refund, first.refund_requested, first.total) == (1, 1, 0)


def test_php_sdk_authorization_format(vectors: Path):
    key = load_private_key((vectors / "go_sdk_key.pem").read_text())
    header = signing.authorization(
        key, mchid="1001", serial="mockmockmock", method="GET", path="/", body=b"", timestamp="1600000000",
        nonce=signing.new_nonce(),
    )  # fmt: skip
    pattern = (
        r'WECHATPAY2-SHA256-RSA2048 mchid="[0-9A-Za-z]{1,32}",nonce_str="[0-9A-Za-z]{16,}",'
        r'signature="[0-9A-Za-z\+\/]+={0,2}",timestamp="1[0-9]{9}",serial_no="[0-9A-Za-z]{8,40}"'
    )
    assert re.fullmatch(pattern, header)


def test_push_address_of_the_documentation(time_machine):
    timestamp, nonce, signature = published.PUSH_GET
    time_machine.move_to(int(timestamp), tick=False)
    query = {"timestamp": timestamp, "nonce": nonce, "signature": signature, "echostr": "4375120948345356249"}
    assert verify_address(PUSH, query) == "4375120948345356249"
    with pytest.raises(BadSignature):
        verify_address(PUSH, query | {"nonce": "1"})


def test_plain_push_of_the_documentation(time_machine):
    timestamp, nonce, signature = published.PUSH_PLAIN
    time_machine.move_to(int(timestamp), tick=False)
    query = {"timestamp": timestamp, "nonce": nonce, "signature": signature}
    plain = PushConfig(appid=PUSH.appid, token=PUSH.token, aes_key="")
    push = read_push(plain, query, published.PUSH_SAFE_MESSAGE.encode())
    assert push.event_type == "debug_demo"
    # With an AES key configured the same message is not believed: its signature does not cover the body
    with pytest.raises(BadSignature):
        read_push(PUSH, query, published.PUSH_SAFE_MESSAGE.encode())


@pytest.mark.parametrize("form", ["json", "xml"])
def test_safe_push_of_the_documentation(time_machine, form: str):
    timestamp, nonce, signature = published.PUSH_SAFE
    time_machine.move_to(int(timestamp), tick=False)
    query = {"timestamp": timestamp, "nonce": nonce, "msg_signature": signature, "encrypt_type": "aes"}
    sealed = published.PUSH_SAFE_ENCRYPT
    body = (
        json.dumps({"ToUserName": "gh_97417a04a28d", "Encrypt": sealed})
        if form == "json"
        else f"<xml><ToUserName>x</ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
    )
    push = read_push(PUSH, query, body.encode())
    assert push.event_type == "debug_demo"
    assert json.loads(push.content) == json.loads(published.PUSH_SAFE_MESSAGE)


def test_safe_push_for_another_appid_is_not_believed(time_machine):
    timestamp, nonce, signature = published.PUSH_SAFE
    time_machine.move_to(int(timestamp), tick=False)
    query = {"timestamp": timestamp, "nonce": nonce, "msg_signature": signature}
    other = PushConfig(appid="wx0000000000000000", token=PUSH.token, aes_key=PUSH.aes_key)
    with pytest.raises(BadSignature):
        read_push(other, query, json.dumps({"Encrypt": published.PUSH_SAFE_ENCRYPT}).encode())
