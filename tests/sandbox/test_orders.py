"""JSAPI orders: placing, re-entry, expiry, closing, paying."""

import datetime
import re

import pytest

BEIJING = datetime.timezone(datetime.timedelta(hours=8))
JSAPI = "/v3/pay/transactions/jsapi"


def business_now(sandbox):
    return datetime.datetime.fromisoformat(sandbox.get("/clock")["now"])


def expiry(sandbox, seconds):
    moment = business_now(sandbox) + datetime.timedelta(seconds=seconds)
    return moment.astimezone(BEIJING).isoformat()


def test_order_is_paid_and_both_queries_agree(merchant, openid):
    paid = merchant.paid(openid, attach="A1")
    assert paid["trade_state"] == "SUCCESS"
    assert paid["amount"] == {"currency": "CNY", "total": 1000, "payer_currency": "CNY", "payer_total": 1000}
    assert paid["payer"] == {"openid": openid}
    assert paid["attach"] == "A1"
    assert re.fullmatch(r"\d{28}", paid["transaction_id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00", paid["success_time"])
    other = merchant.get(f"/v3/pay/transactions/id/{paid['transaction_id']}?mchid={merchant.mchid}")
    assert other.json() == paid


def test_unpaid_order_shows_no_payer(merchant, openid):
    body = merchant.order(openid)
    merchant.prepay(body)
    shown = merchant.query(body["out_trade_no"])
    assert shown["trade_state"] == "NOTPAY"
    assert not {"transaction_id", "success_time", "payer"} & set(shown)


def test_query_needs_our_mchid(merchant):
    path = "/v3/pay/transactions/out-trade-no/ABCDEF"
    assert merchant.get(path).json()["detail"]["field"] == "mchid"
    assert merchant.get(f"{path}?mchid=1900000000").json()["code"] == "PARAM_ERROR"


def test_same_parameters_again_give_a_fresh_prepay_id(merchant, openid):
    body = merchant.order(openid)
    first, second = merchant.prepay(body), merchant.prepay(body)
    assert first["package"] != second["package"]


@pytest.mark.parametrize(
    "change",
    [{"amount": {"total": 999, "currency": "CNY"}}, {"description": "梨"}, {"attach": "new"}],
)
def test_changed_parameters_are_refused(merchant, openid, change):
    body = merchant.order(openid)
    merchant.prepay(body)
    answer = merchant.post(JSAPI, body | change)
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")
    assert merchant.query(body["out_trade_no"])["amount"]["total"] == 1000


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"appid": "wx0000000000000000"}, "APPID_MCHID_NOT_MATCH"),
        ({"mchid": "1900000001"}, "MCH_NOT_EXISTS"),
        ({"payer": {"openid": "oUnknown"}}, "PARAM_ERROR"),
    ],
)
def test_foreign_identities_are_refused(merchant, openid, change, code):
    answer = merchant.post(JSAPI, merchant.order(openid) | change)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_user_with_restricted_account_cannot_order(merchant, sandbox):
    user = sandbox.create_user(state="abnormal")
    answer = merchant.post(JSAPI, merchant.order(user["openid"]))
    assert (answer.status_code, answer.json()["code"]) == (403, "USER_ACCOUNT_ABNORMAL")


def test_order_expires_by_itself_and_can_no_longer_be_paid(merchant, sandbox, openid):
    body = merchant.order(openid, time_expire=expiry(sandbox, 120))
    payment = merchant.prepay(body)
    sandbox.advance(121)
    assert merchant.query(body["out_trade_no"])["trade_state"] == "CLOSED"
    assert sandbox.pay(payment, expect=409)["code"] == "ORDER_CLOSED"
    assert merchant.post(JSAPI, body).json()["code"] == "ORDER_CLOSED"
    assert merchant.close(body["out_trade_no"]).status_code == 204


@pytest.mark.parametrize("seconds", [30, 91 * 86400])
def test_expiry_must_be_a_minute_to_ninety_days_ahead(merchant, sandbox, openid, seconds):
    answer = merchant.post(JSAPI, merchant.order(openid, time_expire=expiry(sandbox, seconds)))
    assert answer.json()["detail"]["field"] == "time_expire"


def test_prepay_id_lives_two_hours_and_can_be_renewed(merchant, sandbox, openid):
    body = merchant.order(openid)
    payment = merchant.prepay(body)
    sandbox.advance(2 * 3600 + 1)
    assert sandbox.pay(payment, expect=409)["code"] == "PREPAY_EXPIRED"
    sandbox.pay(merchant.prepay(body))
    assert merchant.query(body["out_trade_no"])["trade_state"] == "SUCCESS"


def test_close_is_final_and_may_be_repeated(merchant, sandbox, openid):
    body = merchant.order(openid)
    payment = merchant.prepay(body)
    first, second = merchant.close(body["out_trade_no"]), merchant.close(body["out_trade_no"])
    assert (first.status_code, first.content) == (204, b"")
    assert merchant.verifies(first.headers, b"")
    assert second.status_code == 204
    assert sandbox.pay(payment, expect=409)["code"] == "ORDER_CLOSED"
    assert merchant.post(JSAPI, body).json()["code"] == "ORDER_CLOSED"
    assert merchant.query(body["out_trade_no"])["trade_state"] == "CLOSED"


def test_close_refuses_paid_and_unknown_orders(merchant, sandbox, openid):
    paid = merchant.paid(openid)
    answer = merchant.close(paid["out_trade_no"])
    assert (answer.status_code, answer.json()["code"]) == (400, "ORDER_PAID")
    sandbox.settings(order_paid_code="ORDERPAID")
    assert merchant.close(paid["out_trade_no"]).json()["code"] == "ORDERPAID"
    assert merchant.close("UNKNOWN1").json()["code"] == "ORDER_NOT_EXIST"
    assert merchant.query(paid["out_trade_no"])["trade_state"] == "SUCCESS"


def test_paying_twice_is_refused(merchant, sandbox, openid):
    payment = merchant.prepay(merchant.order(openid))
    sandbox.pay(payment)
    assert sandbox.pay(payment, expect=409)["code"] == "ORDER_PAID"


@pytest.mark.parametrize(
    "change",
    [
        {"paySign": "AAAA"},
        {"nonceStr": "other"},
        {"package": "prepay_id=wxother"},
        {"timeStamp": "1795290000"},
    ],
)
def test_wrong_pay_sign_does_not_pay(merchant, sandbox, openid, change):
    body = merchant.order(openid)
    payment = merchant.prepay(body) | change
    assert sandbox.pay(payment, expect=400)["code"] in ("PAY_SIGN_INVALID", "BAD_PARAMETERS")
    assert merchant.query(body["out_trade_no"])["trade_state"] == "NOTPAY"


@pytest.mark.parametrize("change", [{"signType": "MD5"}, {"timeStamp": 1795290000}, {"package": "x"}])
def test_malformed_payment_parameters_are_refused(merchant, sandbox, openid, change):
    payment = merchant.prepay(merchant.order(openid)) | change
    assert sandbox.pay(payment, expect=400)["code"] == "BAD_PARAMETERS"


def test_user_cancel_changes_nothing(merchant, sandbox, openid):
    body = merchant.order(openid)
    payment = merchant.prepay(body)
    assert sandbox.post("/cancel", {"wechat": payment})["errMsg"] == "requestPayment:fail cancel"
    assert merchant.query(body["out_trade_no"])["trade_state"] == "NOTPAY"


def test_page_button_pays_the_latest_prepay(merchant, sandbox, openid):
    body = merchant.order(openid)
    merchant.prepay(body)
    sandbox.pay_order(body["out_trade_no"])
    assert merchant.query(body["out_trade_no"])["trade_state"] == "SUCCESS"
    assert sandbox.pay_order("UNKNOWN1", expect=404)["code"] == "NO_PREPAY"
