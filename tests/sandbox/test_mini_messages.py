"""Subscribe messages, content checks and message pushes; wechatpy judges the pushes."""

import json
from urllib.parse import parse_qs

import pytest
import xmltodict  # type: ignore[import-untyped]
from wechatpy.crypto import WeChatCrypto

from tests.sandbox.waiting import eventually

SEND = "/cgi-bin/message/subscribe/send"
DATA = {"thing1": {"value": "您的订单已发货"}, "time2": {"value": "2026年3月1日 12:30"}}


def message(openid, **fields):
    return {"touser": openid, "template_id": "TPL1", "page": "pages/order?id=1", "data": DATA} | fields


def test_one_grant_is_one_message(sandbox, mini, openid):
    assert sandbox.grant(openid, "TPL1", "TPL2") == {"TPL1": 1, "TPL2": 1}
    assert mini(SEND, message(openid))["errcode"] == 0
    assert mini(SEND, message(openid))["errcode"] == 43101
    (sent,) = sandbox.get(f"/messages?openid={openid}")["results"]
    assert sent["body"]["data"] == DATA
    assert sent["template_id"] == "TPL1"


def test_unknown_recipient_template_and_page(sandbox, mini, openid):
    sandbox.grant(openid, "TPL1")
    assert mini(SEND, message("oNobody"))["errcode"] == 40003
    sandbox.settings(templates=["TPL2"])
    assert mini(SEND, message(openid))["errcode"] == 40037
    sandbox.settings(templates=["TPL1"], pages=["pages/other"])
    assert mini(SEND, message(openid))["errcode"] == 41030
    sandbox.settings(pages=["pages/order"])
    assert mini(SEND, message(openid))["errcode"] == 0


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("thing1", "二十个字" * 5, "二十一个字" * 4 + "多"),
        ("number1", "12.5", "twelve"),
        ("letter1", "ABC", "ABC1"),
        ("character_string1", "NO-2026/01", "订单"),
        ("time1", "15:01", "now"),
        ("date1", "2026年3月1日", "3月"),
        ("amount1", "¥12.50", "12.505"),
        ("phone_number1", "+86-13800138000", "电话"),
        ("car_number1", "粤A12345", "粤A123456789"),
        ("name1", "张三", "这个名字实在是太长了吧"),
        ("phrase1", "已发货", "已经发货了呀"),
    ],
)
def test_value_rules_by_key_type(sandbox, mini, openid, key, good, bad):
    sandbox.grant(openid, "TPL1", times=1)
    assert mini(SEND, message(openid, data={key: {"value": bad}}))["errcode"] == 47003
    assert mini(SEND, message(openid, data={key: {"value": good}}))["errcode"] == 0


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"thing": {"value": "x"}},
        {"colour1": {"value": "x"}},
        {"thing1": "x"},
        {"thing1": {"value": 1}},
        {"thing1": {"value": ""}},
    ],
)
def test_malformed_data_spends_no_grant(sandbox, mini, openid, data):
    sandbox.grant(openid, "TPL1")
    assert mini(SEND, message(openid, data=data))["errcode"] == 47003
    assert mini(SEND, message(openid))["errcode"] == 0


def text(openid, content, **fields):
    return {"version": 2, "openid": openid, "scene": 2, "content": content} | fields


@pytest.mark.parametrize(
    ("content", "suggest", "label"),
    [("很好吃", "pass", 100), ("有赌博内容", "risky", 20006), ("加微信聊", "review", 21000)],
)
def test_text_verdict_follows_the_words(mini, openid, content, suggest, label):
    answer = mini("/wxa/msg_sec_check", text(openid, content))
    assert answer["result"] == {"suggest": suggest, "label": label}
    assert answer["trace_id"]
    assert mini("/wxa/msg_sec_check", text(openid, "ok", nickname=content))["result"]["suggest"] == suggest


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"version": 1}, 40097),
        ({"scene": 5}, 40129),
        ({"openid": "oNobody"}, 40003),
        ({"content": "x" * 2501}, 40097),
    ],
)
def test_text_check_refusals(mini, openid, change, errcode):
    assert mini("/wxa/msg_sec_check", text(openid, "ok") | change)["errcode"] == errcode


def test_content_checks_need_a_recently_active_user(sandbox, mini, openid):
    sandbox.advance(3600)
    recent = sandbox.create_user()["openid"]
    sandbox.advance(3601)
    assert mini("/wxa/msg_sec_check", text(openid, "ok"))["errcode"] == 61010
    assert mini("/wxa/msg_sec_check", text(recent, "ok"))["errcode"] == 0
    sandbox.login_code(openid)
    assert mini("/wxa/msg_sec_check", text(openid, "ok"))["errcode"] == 0


def opened(sandbox, delivery):
    """What wechatpy makes of a push in safe mode."""
    env = sandbox.env
    query = {name: values[0] for name, values in parse_qs(delivery.query).items()}
    judge = WeChatCrypto(env["WECHAT_MESSAGE_TOKEN"], env["WECHAT_MESSAGE_AES_KEY"], env["WECHAT_APPID"])
    raw = delivery.body.decode()
    wrapped = json.loads(raw) if raw.startswith("{") else raw
    assert query["encrypt_type"] == "aes"
    return judge.decrypt_message(wrapped, query["msg_signature"], query["timestamp"], query["nonce"])


@pytest.mark.parametrize(
    ("url", "suggest"), [("https://x.example/a.jpg", "pass"), ("https://x.example/risky.jpg", "risky")]
)
def test_media_verdict_is_pushed(sandbox, mini, openid, pushes, url, suggest):
    body = {"version": 2, "openid": openid, "scene": 1, "media_url": url, "media_type": 2}
    trace = mini("/wxa/media_check_async", body)["trace_id"]
    (delivery,) = pushes.wait()
    told = json.loads(opened(sandbox, delivery))
    assert (told["Event"], told["trace_id"], told["FromUserName"]) == ("wxa_media_check", trace, openid)
    assert told["result"]["suggest"] == suggest


def test_push_in_xml_is_read_by_wechatpy(sandbox, openid, pushes):
    sandbox.settings(push_format="xml")
    sandbox.post(
        "/pushes", {"event": "trade_manage_remind_shipping", "openid": openid, "fields": {"msg": "发货<吧>"}}
    )
    (delivery,) = pushes.wait()
    told = xmltodict.parse(opened(sandbox, delivery))["xml"]
    assert (told["Event"], told["msg"], told["FromUserName"]) == (
        "trade_manage_remind_shipping",
        "发货<吧>",
        openid,
    )


@pytest.mark.parametrize("form", ["json", "xml"])
def test_push_in_plain_mode(sandbox, openid, pushes, form):
    sandbox.settings(push_mode="plain", push_format=form)
    sandbox.post("/pushes", {"event": "debug_demo", "openid": openid})
    (delivery,) = pushes.wait()
    assert "encrypt_type" not in delivery.query
    told = json.loads(delivery.body) if form == "json" else xmltodict.parse(delivery.body)["xml"]
    assert told["Event"] == "debug_demo"


def test_unacknowledged_push_is_retried_three_times(sandbox, openid, pushes):
    pushes.answer = lambda _n: (200, b"later")
    number = sandbox.post("/pushes", {"event": "debug_demo", "openid": openid})["notification"]

    def booked():
        return next(row for row in sandbox.notifications("debug_demo") if row["id"] == number)

    for attempts in (1, 2, 3):
        eventually(lambda: booked()["attempts"], attempts.__eq__)
        sandbox.advance(5)
    assert eventually(booked, lambda row: row["state"] == "given_up")["attempts"] == 4


def test_console_verification_of_the_push_address(sandbox, pushes, listener):
    pushes.answer = lambda _n: (200, parse_qs(pushes.received[-1].query)["echostr"][0].encode())
    assert sandbox.post("/pushes/verify")["verified"] is True
    pushes.answer = lambda _n: (200, b"something else")
    assert sandbox.post("/pushes/verify")["verified"] is False
