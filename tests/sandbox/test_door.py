"""The pay host's door: who is let in, and what a refusal looks like."""

import time

import pytest

PATH = "/v3/pay/transactions/out-trade-no/UNKNOWN1"


@pytest.fixture
def target(merchant):
    return f"{PATH}?mchid={merchant.mchid}"


def test_signed_request_is_let_in_and_answered_with_a_signature(merchant, target):
    answer = merchant.get(target)
    assert (answer.status_code, answer.json()["code"]) == (404, "ORDER_NOT_EXIST")
    assert answer.headers["Wechatpay-Serial"] == merchant.public_key_id
    assert merchant.verifies(answer.headers, answer.content)
    assert answer.headers["Request-ID"].endswith("-268512771")


@pytest.mark.parametrize("seconds", [-330, 330])
def test_clock_skew_beyond_five_minutes_is_refused(merchant, target, seconds):
    answer = merchant.get(target, timestamp=str(int(time.time()) + seconds))
    assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_ERROR")


@pytest.mark.parametrize("seconds", [-240, 240])
def test_clock_skew_within_five_minutes_is_fine(merchant, target, seconds):
    assert merchant.get(target, timestamp=str(int(time.time()) + seconds)).status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mchid", "1900000000"),
        ("serial_no", "00"),
        ("nonce_str", "x" * 33),
        ("nonce_str", "with space"),
        ("timestamp", "soon"),
        ("signature", "AAAA"),
        ("signature", "not base64"),
    ],
)
def test_wrong_authorization_is_refused(merchant, sandbox, target, field, value):
    answer = merchant.get(target, **{field: value})
    assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_ERROR")
    line = sandbox.log()[-1]
    assert not line["verified"]
    assert line["why"].startswith("SIGN_ERROR")


def test_mismatch_names_what_the_server_signed(merchant, target):
    answer = merchant.get(target, signature="AAAA").json()
    assert answer["detail"]["issue"] == "sign not match"
    assert answer["detail"]["sign_information"]["url"] == target


def test_signature_covers_the_query(merchant, target):
    signed_without_query = merchant.authorization("GET", PATH, b"")
    answer = merchant.get(target, headers={"Authorization": signed_without_query})
    assert answer.status_code == 401


def test_replayed_request_is_refused(merchant, target):
    header = {"Authorization": merchant.authorization("GET", target, b"")}
    assert merchant.get(target, headers=header).status_code == 404
    assert merchant.get(target, headers=header).status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer x", 'WECHATPAY2-SHA256-RSA2048 mchid="1"'])
def test_other_authorization_schemes_are_refused(merchant, target, header):
    assert merchant.get(target, headers={"Authorization": header}).status_code == 401


@pytest.mark.parametrize("header", ["Accept", "User-Agent"])
def test_missing_accept_or_user_agent_is_refused_unsigned(merchant, target, header):
    answer = merchant.get(target, headers={header: ""})
    assert (answer.status_code, answer.json()["code"]) == (400, "PARAM_ERROR")
    assert "Wechatpay-Signature" not in answer.headers


def test_other_content_type_is_refused(merchant, openid):
    answer = merchant.post(
        "/v3/pay/transactions/jsapi", merchant.order(openid), headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code == 415


def test_unknown_wechatpay_serial_is_refused(merchant, target):
    answer = merchant.get(target, headers={"Wechatpay-Serial": "PUB_KEY_ID_0"})
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"surprise": 1}, "surprise"),
        ({"amount": {"total": 1000, "currency": "CNY", "extra": 1}}, "amount.extra"),
        ({"amount": {"total": "1000"}}, "amount.total"),
        ({"amount": {"total": 10.5}}, "amount.total"),
        ({"amount": {"total": 0}}, "amount.total"),
        ({"amount": {"total": True}}, "amount.total"),
        ({"amount": {"total": 1000, "currency": "USD"}}, "amount.currency"),
        ({"description": ""}, "description"),
        ({"description": "苹" * 128}, "description"),
        ({"description": "a\x00b"}, "description"),
        ({"out_trade_no": "12345"}, "out_trade_no"),
        ({"out_trade_no": "A" * 33}, "out_trade_no"),
        ({"out_trade_no": "订单号123456"}, "out_trade_no"),
        ({"notify_url": "https://shop.example/notify?x=1"}, "notify_url"),
        ({"notify_url": "ftp://shop.example/"}, "notify_url"),
        ({"notify_url": None}, "notify_url"),
        ({"attach": "x" * 129}, "attach"),
        ({"time_expire": "2026-01-01T00:00:00Z"}, "time_expire"),
        ({"time_expire": "2026-13-01T00:00:00+08:00"}, "time_expire"),
        ({"payer": {}}, "payer.openid"),
        ({"payer": "me"}, "payer"),
        ({"detail": {"goods_detail": []}}, "detail.goods_detail"),
    ],
)
def test_schema_names_the_offending_field_and_nothing_is_stored(merchant, openid, change, field):
    body = merchant.order(openid) | change
    answer = merchant.post("/v3/pay/transactions/jsapi", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "PARAM_ERROR")
    assert answer.json()["detail"]["field"] == field
    if field != "out_trade_no":
        number = body["out_trade_no"]
        missing = merchant.get(f"/v3/pay/transactions/out-trade-no/{number}?mchid={merchant.mchid}")
        assert missing.status_code == 404


def test_unknown_field_has_its_own_number(merchant, openid):
    answer = merchant.post("/v3/pay/transactions/jsapi", merchant.order(openid, surprise=1))
    assert answer.headers["Request-ID"].endswith("-270924358")


@pytest.mark.parametrize("raw", [b"{", b"[]", b"1", b"[" * 100_000, b"\xff", b" " * 1_100_000])
def test_what_is_not_a_json_object_is_refused(merchant, raw):
    answer = merchant.post("/v3/pay/transactions/jsapi", raw)
    assert answer.status_code in (400, 413)
    assert answer.json()["code"] == "PARAM_ERROR"


def test_unknown_path_of_each_host(merchant, sandbox):
    assert merchant.get("/v3/nothing").json()["code"] == "RESOURCE_NOT_EXISTS"
    answer = merchant.http.post(f"{sandbox.base_url}/wxa/nothing", json={}, timeout=5)
    assert (answer.status_code, answer.json()["errcode"]) == (200, 40066)
