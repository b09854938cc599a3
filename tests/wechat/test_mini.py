"""Every mini-program call against the real sandbox process."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from shop.core import clock
from shop.core import redis as core_redis
from shop.core.crypto import keyed_hash
from shop.wechat.http import Limits
from shop.wechat.mini import login
from shop.wechat.mini.client import MiniClient, mini_client
from shop.wechat.mini.types import LogisticsType, PaidOrder, Parcel, SafetyScene, Session, ShippingUpload
from shop.wechat.outcomes import Refused, Success, Unknown, UnknownReason
from shop.wechat.pay.client import pay_client
from tests.sandbox_process import SandboxProcess
from tests.wechat.support import mark, paid_order, since

IMPATIENT = Limits(connect=2.0, read=0.7, total=4.0, guarded=False)


@pytest.fixture
def openid(sandbox: SandboxProcess) -> str:
    return str(sandbox.create_user(phone="13800138000")["openid"])


@pytest.fixture
def mini(sandbox: SandboxProcess) -> MiniClient:
    return mini_client()


def logins(sandbox: SandboxProcess, line: int) -> int:
    return sum(row["path"] == "/sns/jscode2session" for row in since(sandbox, line))


def test_login_sends_no_token_and_keeps_no_session_key(
    sandbox: SandboxProcess, mini: MiniClient, openid: str
):
    seen = mark(sandbox)
    outcome = mini.code_to_session(sandbox.login_code(openid))
    assert isinstance(outcome, Success)
    assert outcome.value.openid == openid
    assert not hasattr(outcome.value, "session_key")
    (row,) = [row for row in since(sandbox, seen) if row["path"].startswith("/sns/")]
    assert "access_token" not in row["query"]
    assert openid not in repr(outcome)


def test_a_double_tap_gets_the_same_answer(sandbox: SandboxProcess, openid: str):
    # Given one code that ten requests bring at once
    code, seen, barrier = sandbox.login_code(openid), mark(sandbox), threading.Barrier(10)
    outcomes: list[Any] = []

    def tap() -> None:
        barrier.wait(timeout=20)
        outcomes.append(mini_client().code_to_session(code))

    threads = [threading.Thread(target=tap) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    # Then all are the same member, and WeChat was asked once
    assert [outcome.value.openid for outcome in outcomes] == [openid] * 10
    assert logins(sandbox, seen) == 1
    # And what is kept in Redis names neither code nor member
    for key in core_redis.client().keys("wechat:code:*"):
        assert code.encode() not in key
        assert openid.encode() not in (core_redis.client().get(key) or b"")


def test_an_answer_stored_between_look_and_claim_is_seen(monkeypatch):
    session, look = Session("oSomebody"), login._read
    looks: list[str] = []
    login._write(f"wechat:code:{keyed_hash('c', purpose='login-code')}", session)
    monkeypatch.setattr(login, "_read", lambda key: look(key) if looks else looks.append(key))
    outcome = login.exchange_once("c", lambda: pytest.fail("the code must not be spent again"))
    assert outcome == Success(session)


def test_a_tap_waits_no_longer_than_a_call_may_take(monkeypatch):
    monkeypatch.setattr(login, "_WAIT_SECONDS", 0.2)
    core_redis.client().set(f"wechat:code:{keyed_hash('c', purpose='login-code')}:claim", "1")
    outcome = login.exchange_once("c", lambda: pytest.fail("the first tap is still under way"))
    assert outcome == Unknown(UnknownReason.TIMEOUT, sent=False)


def test_redis_down_the_second_tap_is_refused(
    sandbox: SandboxProcess, settings, mini: MiniClient, openid: str
):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    core_redis.resume()
    code = sandbox.login_code(openid)
    assert isinstance(mini.code_to_session(code), Success)
    again = mini.code_to_session(code)
    assert isinstance(again, Refused)
    assert again.code == "40163"


@pytest.mark.parametrize("code", ["never-given", "x"])
def test_a_code_wechat_does_not_know_is_refused(mini: MiniClient, code: str):
    outcome = mini.code_to_session(code)
    assert isinstance(outcome, Refused)
    assert outcome.code == "40029"
    assert outcome.request_id


def test_a_code_is_not_spent_twice_after_a_time_out(sandbox: SandboxProcess, openid: str):
    impatient = MiniClient(mini_client().credentials, IMPATIENT)
    code = sandbox.login_code(openid)
    sandbox.fault("timeout_after_commit", path="/sns")
    seen = mark(sandbox)
    assert impatient.code_to_session(code) == Unknown(UnknownReason.TIMEOUT)
    assert logins(sandbox, seen) == 1


def test_phone_number(sandbox: SandboxProcess, mini: MiniClient, openid: str):
    outcome = mini.get_phone_number(sandbox.phone_code(openid))
    assert isinstance(outcome, Success)
    assert (outcome.value.number, outcome.value.country_code) == ("13800138000", "86")
    assert "13800138000" not in repr(outcome)
    spent = mini.get_phone_number("spent")
    assert isinstance(spent, Refused)
    assert spent.code == "40029"


def test_a_phone_number_meant_for_another_program_is_not_taken(
    settings, sandbox: SandboxProcess, openid: str
):
    from dataclasses import replace

    client = mini_client()
    assert client.check_token() == Success(None)
    other = MiniClient(replace(client.credentials, appid="wxother"), client.limits)
    from shop.wechat.mini.tokens import token_store

    token = token_store(client.credentials.appid).peek()
    assert token is not None
    token_store("wxother")._save(token)
    outcome = other.get_phone_number(sandbox.phone_code(openid))
    assert outcome == Unknown(UnknownReason.MISMATCH, http_status=200)


def test_mini_program_code(sandbox: SandboxProcess, mini: MiniClient):
    outcome = mini.get_unlimited_code(scene="p=1", page="pages/index/index", transparent=True)
    assert isinstance(outcome, Success)
    assert outcome.value[:3] in (b"\x89PN", b"\xff\xd8\xff")
    sandbox.settings(pages=["pages/index/index"])
    refused = mini.get_unlimited_code(scene="p=1", page="pages/none")
    assert isinstance(refused, Refused)
    assert refused.code == "41030"
    with pytest.raises(ValueError):
        mini.get_unlimited_code(scene="中文")
    with pytest.raises(ValueError):
        mini.get_unlimited_code(scene="x" * 33)


def test_links(mini: MiniClient):
    link = mini.generate_url_link(path="pages/index/index", query="a=1")
    scheme = mini.generate_scheme(path="pages/index/index")
    assert isinstance(link, Success)
    assert link.value.startswith("http")
    assert isinstance(scheme, Success)
    assert scheme.value.startswith("weixin://")


def test_subscribe_message_is_cut_to_size_and_sent_in_plain_utf8(
    sandbox: SandboxProcess, mini: MiniClient, openid: str
):
    sandbox.grant(openid, "T1")
    data = {
        "thing1": "一二三四五六七八九十一二三四五六七八九十一",
        "amount2": "¥1,234.56元",
        "phrase3": "已发货了真的",
    }
    seen = mark(sandbox)
    assert mini.send_subscribe_message(openid=openid, template_id="T1", data=data, page="pages/a") == Success(
        None
    )
    (row,) = [row for row in since(sandbox, seen) if row["path"].endswith("/send")]
    assert "一二三四五六七八九十一二三四五六七八九…" in row["body"]
    assert "¥1234.56元" in row["body"]
    # No grant is left: terminal
    refused = mini.send_subscribe_message(openid=openid, template_id="T1", data=data)
    assert isinstance(refused, Refused)
    assert refused.code == "43101"


def test_text_and_media_checks(sandbox: SandboxProcess, mini: MiniClient, openid: str):
    mini.code_to_session(sandbox.login_code(openid))
    for text, suggestion in (("很好", "pass"), ("赌博", "risky"), ("加微信", "review")):
        outcome = mini.check_text(openid=openid, scene=SafetyScene.COMMENT, content=text, nickname="小明")
        assert isinstance(outcome, Success)
        assert outcome.value.suggestion == suggestion
    traced = mini.check_media(openid=openid, scene=SafetyScene.COMMENT, url="https://shop.example.com/a.jpg")
    assert isinstance(traced, Success)
    assert traced.value


def test_shipping(sandbox: SandboxProcess, mini: MiniClient, openid: str):
    # Given a paid order that WeChat's shipping index already knows
    order = paid_order(sandbox, openid)
    paid = pay_client().query_order(out_trade_no=order.out_trade_no)
    assert isinstance(paid, Success)
    key = PaidOrder(transaction_id=paid.value.transaction_id)
    early = mini.shipping.get(key)
    sandbox.advance(120)
    couriers = mini.list_couriers()
    assert isinstance(couriers, Success)
    parcel = Parcel(item_desc="苹果" * 100, tracking_no="SF123456", courier_id=couriers.value[0].courier_id,
                    receiver_contact="138****8000")  # fmt: skip
    upload = ShippingUpload(key, LogisticsType.EXPRESS, [parcel], openid, clock.wall())
    # When it is shipped
    assert mini.shipping.upload(upload) == Success(None)
    # Then WeChat says so, by either number, and in the list
    for which in (key, PaidOrder(out_trade_no=order.out_trade_no)):
        state = mini.shipping.get(which)
        assert isinstance(state, Success)
        assert state.value.order_state == 2
    page = mini.shipping.list(state=2, paid_from=clock.wall() - timedelta(days=1))
    assert isinstance(page, Success)
    assert any(each.transaction_id == key.transaction_id for each in page.value.orders)
    assert mini.shipping.remind_to_confirm(key, received_at=clock.wall()) is not None
    assert isinstance(early, Success | Refused)


def test_shipping_right_after_the_payment_is_too_early(
    sandbox: SandboxProcess, mini: MiniClient, openid: str
):
    order = paid_order(sandbox, openid)
    upload = ShippingUpload(
        PaidOrder(out_trade_no=order.out_trade_no),
        LogisticsType.VIRTUAL,
        [Parcel("卡")],
        openid,
        clock.wall(),
    )
    outcome = mini.shipping.upload(upload)
    assert isinstance(outcome, Refused)
    assert outcome.code == "10060001"


def test_other_shipping_calls(sandbox: SandboxProcess, mini: MiniClient):
    assert mini.shipping.is_managed() == Success(True)
    assert isinstance(mini.shipping.is_confirmed(), Success)
    assert mini.shipping.set_jump_path("pages/orders/detail") == Success(None)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("timeout_after_commit", UnknownReason.TIMEOUT),
        ("500", UnknownReason.SERVER_ERROR),
        ("empty_body", UnknownReason.EMPTY_BODY),
        ("drop", UnknownReason.BROKEN_CONNECTION),
        ("errcode", UnknownReason.SERVER_ERROR),
    ],
)
def test_what_nobody_can_know(sandbox: SandboxProcess, fault: str, expected: UnknownReason):
    client = MiniClient(mini_client().credentials, IMPATIENT)
    assert client.check_token() == Success(None)
    sandbox.fault(fault, path="/cgi-bin/express", errcode=-1)
    outcome = client.list_couriers()
    assert isinstance(outcome, Unknown)
    assert (outcome.reason, outcome.sent) == (expected, True)


def test_the_daily_limit_is_a_refusal(sandbox: SandboxProcess, mini: MiniClient):
    sandbox.fault("429", path="/cgi-bin/express")
    outcome = mini.list_couriers()
    assert isinstance(outcome, Refused)
    assert outcome.code == "45009"
