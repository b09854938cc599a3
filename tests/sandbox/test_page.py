"""The page and the rest of the control plane."""

import re

import pytest
import requests


def page(sandbox, language=""):
    answer = requests.get(f"{sandbox.base_url}/", params={"lang": language} if language else {}, timeout=10)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


def test_page_shows_everything_in_chinese_and_english(merchant, sandbox, openid, mini):
    sandbox.settings(refund_outcome="HOLD")
    unpaid = merchant.order(openid)
    merchant.prepay(unpaid)
    refund = merchant.refund(merchant.paid(openid), 100).json()
    transfer = merchant.transfer(openid)
    merchant.post("/v3/fund-app/mch-transfer/transfer-bills", transfer)
    sandbox.grant(openid, "TPL1")
    fields = {"touser": openid, "template_id": "TPL1", "data": {"thing1": {"value": "已发货"}}}
    mini("/cgi-bin/message/subscribe/send", fields)
    sandbox.fault("500", path="/v3/never")
    chinese, english = page(sandbox), page(sandbox, "en")
    assert "<html lang=zh-Hans>" in chinese
    assert "<html lang=en>" in english
    for html in (chinese, english):
        for text in (
            unpaid["out_trade_no"],
            refund["out_refund_no"],
            transfer["out_bill_no"],
            openid,
            "已发货",
        ):
            assert text in html
        assert f'data-path="/payments/{unpaid["out_trade_no"]}/pay"' in html
        assert f'data-path="/transfers/{transfer["out_bill_no"]}/confirm"' in html
    assert ">支付</button>" in chinese
    assert ">Pay</button>" in english


def test_page_needs_nothing_from_elsewhere(sandbox):
    html = page(sandbox)
    assert not re.findall(r'(?:src|href)="?https?://', html)
    assert "@import" not in html


def test_page_escapes_what_people_typed(merchant, sandbox):
    user = sandbox.create_user(name="<script>alert(1)</script>")
    merchant.prepay(merchant.order(user["openid"], description="<b>'\"&"))
    html = page(sandbox)
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "&lt;b&gt;&#x27;&quot;&amp;" in html


def test_page_says_when_wechat_is_offline(sandbox):
    assert "微信现在不可达" not in page(sandbox)
    sandbox.offline()
    assert "微信现在不可达" in page(sandbox)


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/users", {"openid": "with space"}, "BAD_REQUEST"),
        ("/users", {"state": "happy"}, "BAD_REQUEST"),
        ("/users", {"name": 1}, "BAD_REQUEST"),
        ("/clock", {"advance_seconds": -1}, "BAD_REQUEST"),
        ("/clock", {"advance_seconds": "1"}, "BAD_REQUEST"),
        ("/settings", {"weather": "rain"}, "BAD_SETTING"),
        ("/settings", {"certificates": 1}, "BAD_SETTING"),
        ("/offline", {"mode": "gone"}, "BAD_REQUEST"),
        ("/pay", {"wechat": {}}, "BAD_PARAMETERS"),
        ("/pay", {"surprise": 1}, "BAD_REQUEST"),
        ("/autopay", {"notify": "sometimes"}, "BAD_NOTIFY"),
        ("/autopay", {"override": {"colour": "red"}}, "BAD_OVERRIDE"),
        ("/autopay", {"override": [1]}, "BAD_OVERRIDE"),
        ("/refunds/X", {"outcome": "MAYBE"}, "BAD_REQUEST"),
    ],
)
def test_malformed_control_requests(sandbox, path, body, code):
    assert sandbox.post(path, body, expect=400)["code"] == code


@pytest.mark.parametrize(
    "path",
    [
        "/users/oNobody/login-code",
        "/transfers/NONE/confirm",
        "/receipts/4200",
        "/notifications/999999/resend",
    ],
)
def test_unknown_things_are_404(sandbox, path):
    assert sandbox.post(path, {}, expect=404)["code"].startswith("NO_")


def test_control_plane_wants_a_json_object(sandbox):
    for raw in (b"{", b"[]", b"[" * 50_000):
        answer = requests.post(f"{sandbox.base_url}/_sandbox/users", data=raw, timeout=10)
        assert (answer.status_code, answer.json()["code"]) == (400, "BAD_JSON")


def test_lists(merchant, sandbox, openid):
    paid = merchant.paid(openid)
    assert sandbox.get("/payments")["results"][0]["out_trade_no"] == paid["out_trade_no"]
    refund = merchant.refund(paid, 1).json()
    assert sandbox.get("/refunds")["results"][0]["refund_id"] == refund["refund_id"]
    body = merchant.transfer(openid)
    merchant.post("/v3/fund-app/mch-transfer/transfer-bills", body)
    assert sandbox.get("/transfers")["results"][0]["package_info"]
    assert sandbox.get("/users")["results"][0]["openid"] == openid
