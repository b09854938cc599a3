"""Mini-program calls: what is sent exactly, and answers that fit no documentation."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shop.wechat.http import Limits
from shop.wechat.inbox.pushes import PushConfig, read_push
from shop.wechat.mini.client import MiniClient, mini_client
from shop.wechat.mini.host import Credentials, MiniProgramHost
from shop.wechat.mini.tokens import token_store
from shop.wechat.mini.types import LogisticsType, PaidOrder, Parcel, ShippingUpload
from shop.wechat.models import InboxMessage
from shop.wechat.outcomes import Refused, Success, Unknown, UnknownReason
from shop.wechat.pay import bodies
from shop.wechat.pay.keyring import BadSignature, Distrust
from shop.wechat.pay.parsing import Reader, Unparsable
from tests.wechat import scripted
from tests.wechat.scripted import Reply, merchant_of, serving
from tests.wechat.support import new_transfer

LIMITS = Limits(connect=1, read=2, total=4, guarded=False)
AT = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


def said(status: int = 200, headers: dict[str, str] | None = None, **members: Any) -> Reply:
    return Reply(status, json.dumps(members).encode(), headers or {})


RETRY_LATER = said(429, {"Retry-After": "7"})


class Host:
    """A mini-program host that hands out a token, answers as told and remembers what it was sent."""

    def __init__(self, settings: Any, *replies: Reply, token: Reply | None = None) -> None:
        self.settings, self.replies = settings, list(replies)
        self.token = token or said(access_token="T", expires_in=7200)
        self.sent: list[tuple[str, Any]] = []

    def __call__(self, _method: str, path: str, body: bytes) -> Reply:
        if path.startswith("/cgi-bin/stable_token"):
            return self.token
        self.sent.append((path.partition("?")[0], json.loads(body)))
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def ask(self, call: Any) -> Any:
        with serving(self) as url:
            scripted.configure(self.settings, url)
            token_store("wx1").forget()
            return call(MiniClient(mini_client().credentials, LIMITS))


def test_a_split_express_shipment_is_told_in_full(settings):
    host = Host(settings, said(errcode=0))
    parcel = Parcel("苹果", "SF1", "SF", receiver_contact="138****8000", consignor_contact="139****9000")
    upload = ShippingUpload(
        PaidOrder("42"), LogisticsType.EXPRESS, [parcel], "o1", AT, split=True, all_delivered=False
    )
    assert host.ask(lambda mini: mini.shipping.upload(upload)) == Success(None)
    contact = {"receiver_contact": "138****8000", "consignor_contact": "139****9000"}
    told = {"item_desc": "苹果", "tracking_no": "SF1", "express_company": "SF", "contact": contact}
    body = {
        "order_key": {"order_number_type": 2, "transaction_id": "42"},
        "logistics_type": 1,
        "delivery_mode": 2,
        "is_all_delivered": False,
        "shipping_list": [told],
        "upload_time": "2026-03-01T12:00:00.000+08:00",
        "payer": {"openid": "o1"},
    }
    assert host.sent == [("/wxa/sec/order/upload_shipping_info", body)]


def test_a_combined_payment_tells_each_part_once(settings):
    host = Host(settings, said(errcode=0))
    parts = [
        ShippingUpload(PaidOrder(out_trade_no=number), LogisticsType.VIRTUAL, [Parcel("卡")], "o1", AT)
        for number in ("A1", "A2")
    ]
    outcome = host.ask(
        lambda mini: mini.shipping.upload_combined(
            order=PaidOrder("42"), uploads=parts, openid="o1", uploaded_at=AT
        )
    )
    assert outcome == Success(None)
    [(path, body)] = host.sent
    assert path == "/wxa/sec/order/upload_combined_shipping_info"
    assert [part["order_key"]["out_trade_no"] for part in body["sub_orders"]] == ["A1", "A2"]
    assert set(body["sub_orders"][0]) == {"order_key", "logistics_type", "delivery_mode", "shipping_list"}
    assert body["payer"] == {"openid": "o1"}


def test_pages_presales_and_reminders(settings):
    page: dict[str, Any] = {
        "errcode": 0,
        "order_list": [{"order_state": 2}],
        "last_index": "i2",
        "has_more": True,
    }
    host = Host(settings, said(**page), said(errcode=0))

    def calls(mini: MiniClient) -> list[Any]:
        return [
            mini.shipping.list(paid_until=AT, last_index="i1"),
            mini.shipping.report_special(order_id="42", kind=1, delay_to=AT),
            mini.shipping.report_special(order_id="42", kind=2),
            mini.shipping.remind_to_confirm(PaidOrder("42"), received_at=AT),
        ]

    listed, *others = host.ask(calls)
    assert (listed.value.last_index, listed.value.has_more) == ("i2", True)
    assert [order.order_state for order in listed.value.orders] == [2]
    assert others == [Success(None)] * 3
    seconds = int(AT.timestamp())
    assert [body for _path, body in host.sent] == [
        {"page_size": 100, "pay_time_range": {"end_time": seconds}, "last_index": "i1"},
        {"order_id": "42", "type": 1, "delay_to": seconds},
        {"order_id": "42", "type": 2},
        {"transaction_id": "42", "received_time": seconds},
    ]


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (
            said(429, {"Retry-After": "7"}),
            Unknown(UnknownReason.RATE_LIMITED, http_status=429, retry_after=7),
        ),
        (said(429), Unknown(UnknownReason.RATE_LIMITED, http_status=429)),
        (said(302), Unknown(UnknownReason.UNEXPECTED_STATUS, http_status=302)),
        (said(502), Unknown(UnknownReason.SERVER_ERROR, http_status=502)),
        (Reply(200, b"<html>"), Unknown(UnknownReason.UNPARSABLE)),
        (Reply(200, b"[]"), Unknown(UnknownReason.UNPARSABLE)),
        (said(errcode="0"), Unknown(UnknownReason.UNPARSABLE)),
        (said(errcode=True), Unknown(UnknownReason.UNPARSABLE)),
        (said(errcode=48001, errmsg="api unauthorized"), Refused("48001", "api unauthorized", 200, "")),
        (said(errcode=0, is_trade_managed="yes"), Unknown(UnknownReason.UNPARSABLE, http_status=200)),
    ],
)
def test_an_answer_that_fits_no_documentation(settings, reply: Reply, outcome: Any):
    assert Host(settings, reply).ask(lambda mini: mini.shipping.is_managed()) == outcome


def test_a_code_without_a_page_and_an_answer_that_is_no_picture(settings):
    host = Host(settings, said(errcode=0))
    outcome = host.ask(lambda mini: mini.get_unlimited_code(scene="a=1"))
    assert outcome == Unknown(UnknownReason.UNPARSABLE, http_status=200)
    assert "page" not in host.sent[0][1]


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (said(access_token="T"), UnknownReason.UNPARSABLE),
        (said(access_token="", expires_in=7200), UnknownReason.UNPARSABLE),
        (said(access_token="T", expires_in="7200"), UnknownReason.UNPARSABLE),
        (said(503), UnknownReason.SERVER_ERROR),
        (Reply(200, b""), UnknownReason.EMPTY_BODY),
    ],
)
def test_without_a_token_the_call_was_never_made(settings, token: Reply, reason: UnknownReason):
    host = Host(settings, said(errcode=0), token=token)
    outcome = host.ask(lambda mini: mini.list_couriers())
    assert isinstance(outcome, Unknown)
    assert (outcome.reason, outcome.sent, host.sent) == (reason, False, [])


def test_a_call_to_another_host_is_not_made():
    host = MiniProgramHost(Credentials("wx1", "s", "http://127.0.0.1:9"), LIMITS)
    with pytest.raises(ValueError, match="API host"):
        host.post("https://api.weixin.qq.com.evil.example.com/x", data={})
    assert repr(Credentials("wx1", "secret", "")) == "Credentials(appid='wx1')"


def test_a_transfer_tells_its_address_and_purpose_when_they_are_given():
    merchant = merchant_of("http://127.0.0.1:9")
    plain = bodies.transfer(merchant, new_transfer("o1"), None)
    assert plain.keys() & {"user_name", "notify_url", "user_recv_perception"} == set()
    request = new_transfer("o1", notify_url="https://shop.example.com/n", user_recv_perception="佣金")
    told = bodies.transfer(merchant, request, None)
    assert (told["notify_url"], told["user_recv_perception"]) == ("https://shop.example.com/n", "佣金")
    assert repr(merchant) == "Merchant(mchid='1900000001', serial='AB')"


@pytest.mark.parametrize(
    "read",
    [
        lambda: Reader({"a": "yes"}).flag("a"),
        lambda: Reader({"a": []}).object("a"),
        lambda: Reader({"a": {}}).objects("a"),
        lambda: Reader({"a": [1]}).objects("a"),
        lambda: Reader({"a": 1}).text("a"),
        lambda: Reader({}).integer("a", required=True),
    ],
)
def test_a_member_of_another_type_is_not_understood(read: Any):
    assert Reader({}).objects("a") == []
    with pytest.raises(Unparsable, match="a"):
        read()


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"signature": "x", "nonce": "n"}, Distrust.MISSING),
        ({"signature": "x", "nonce": "n", "timestamp": "soon"}, Distrust.STALE),
        ({"signature": "x", "nonce": "n", "timestamp": "1"}, Distrust.STALE),
    ],
)
def test_a_push_that_cannot_be_believed(query: dict[str, str], reason: Distrust):
    with pytest.raises(BadSignature) as refused:
        read_push(PushConfig(appid="wx1", token="t", aes_key=""), query, b"{}")
    assert refused.value.reason is reason


def test_an_inbox_message_is_named_by_what_it_is_about():
    assert str(InboxMessage(pk=7, event_type="REFUND.SUCCESS", reference="R1")) == "7 REFUND.SUCCESS R1"
