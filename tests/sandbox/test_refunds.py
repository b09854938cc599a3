"""Refunds: acceptance, limits, outcomes, the abnormal path."""

import re
from urllib.parse import quote

import pytest

from tests.sandbox.waiting import eventually

PATH = "/v3/refund/domestic/refunds"


def settled(merchant, number):
    """Ask until the refund has left PROCESSING; the sandbox settles it by itself."""
    return eventually(
        lambda: merchant.get(f"{PATH}/{number}").json(), lambda refund: refund["status"] != "PROCESSING"
    )


def test_refund_is_accepted_then_succeeds_and_the_order_shows_it(merchant, sandbox, openid):
    sandbox.settings(refund_delay_seconds=0.0)
    order = merchant.paid(openid)
    accepted = merchant.refund(order, 400, reason="缺货")
    assert accepted.status_code == 200
    body = accepted.json()
    assert body["status"] == "PROCESSING"
    assert body["amount"]["refund"] == 400
    assert body["amount"]["total"] == 1000
    assert re.fullmatch(r"\d{29}", body["refund_id"])
    done = settled(merchant, body["out_refund_no"])
    assert done["status"] == "SUCCESS"
    assert done["success_time"]
    assert merchant.query(order["out_trade_no"])["trade_state"] == "REFUND"


def test_same_refund_again_is_the_same_refund(merchant, openid):
    order = merchant.paid(openid)
    number = merchant.number()
    first = merchant.refund(order, 400, out_refund_no=number).json()
    again = merchant.refund(order, 400, out_refund_no=number).json()
    assert again["refund_id"] == first["refund_id"]


def test_same_number_with_another_amount_is_refused(merchant, openid):
    order, number = merchant.paid(openid), merchant.number()
    merchant.refund(order, 400, out_refund_no=number)
    answer = merchant.refund(order, 300, out_refund_no=number)
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")
    assert merchant.get(f"{PATH}/{number}").json()["amount"]["refund"] == 400


def test_two_refunds_of_an_order_need_a_minute_between_them(merchant, sandbox, openid):
    order = merchant.paid(openid)
    assert merchant.refund(order, 100).status_code == 200
    answer = merchant.refund(order, 100)
    assert (answer.status_code, answer.json()["code"]) == (429, "FREQUENCY_LIMITED")
    sandbox.advance(60)
    assert merchant.refund(order, 100).status_code == 200


def test_refunds_never_exceed_the_payment(merchant, sandbox, openid):
    sandbox.settings(refund_spacing_seconds=0)
    order = merchant.paid(openid)
    assert merchant.refund(order, 600).status_code == 200
    assert merchant.refund(order, 401).json()["code"] == "INVALID_REQUEST"
    assert merchant.refund(order, 400).status_code == 200
    assert merchant.refund(order, 1).json()["code"] == "INVALID_REQUEST"


def test_a_closed_refund_gives_its_share_back(merchant, sandbox, openid):
    sandbox.settings(refund_spacing_seconds=0, refund_outcome="HOLD")
    order = merchant.paid(openid)
    number = merchant.refund(order, 1000).json()["out_refund_no"]
    sandbox.refund(number, "CLOSED")
    assert merchant.query(order["out_trade_no"])["trade_state"] == "SUCCESS"
    assert merchant.refund(order, 1000).status_code == 200


def test_at_most_fifty_refunds(merchant, sandbox, openid):
    sandbox.settings(refund_spacing_seconds=0)
    order = merchant.paid(openid)
    statuses = [merchant.refund(order, 1).status_code for _ in range(51)]
    assert statuses == [200] * 50 + [400]


def test_wrong_total_unpaid_and_unknown_orders_are_refused(merchant, openid):
    body = merchant.order(openid)
    merchant.prepay(body)
    assert merchant.refund(body, 100).json()["code"] == "INVALID_REQUEST"
    order = merchant.paid(openid)
    wrong = merchant.refund(order, 100, amount={"refund": 100, "total": 999, "currency": "CNY"})
    assert wrong.json()["code"] == "INVALID_REQUEST"
    unknown = merchant.refund(order | {"out_trade_no": "UNKNOWN1"}, 100)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "RESOURCE_NOT_EXISTS")
    assert merchant.get(f"{PATH}/nothing").json()["code"] == "RESOURCE_NOT_EXISTS"


def test_older_than_a_year_is_refused(merchant, sandbox, openid):
    order = merchant.paid(openid)
    sandbox.advance(366 * 86400)
    assert merchant.refund(order, 100).json()["code"] == "INVALID_REQUEST"


def test_not_enough_money_is_retryable_with_the_same_number(merchant, sandbox, openid):
    order, number = merchant.paid(openid), merchant.number()
    sandbox.settings(not_enough=["refund"])
    answer = merchant.refund(order, 100, out_refund_no=number)
    assert (answer.status_code, answer.json()["code"]) == (403, "NOT_ENOUGH")
    sandbox.settings(not_enough=[])
    assert merchant.refund(order, 100, out_refund_no=number).status_code == 200


def test_closed_account_cannot_be_refunded(merchant, sandbox, openid):
    order = merchant.paid(openid)
    sandbox.call("PATCH", f"/users/{openid}", {"state": "closed"})
    assert merchant.refund(order, 100).json()["code"] == "USER_ACCOUNT_ABNORMAL"


def test_an_outcome_can_be_planned_before_the_refund_exists(merchant, sandbox, openid):
    sandbox.settings(refund_delay_seconds=0.0)
    number = merchant.number()
    assert sandbox.refund(number, "ABNORMAL")["planned"] == "ABNORMAL"
    merchant.refund(merchant.paid(openid), 100, out_refund_no=number)
    assert settled(merchant, number)["status"] == "ABNORMAL"


def test_abnormal_refund_goes_to_a_bank_card(merchant, sandbox, openid):
    sandbox.settings(refund_delay_seconds=0.0, refund_outcome="ABNORMAL")
    refund = merchant.refund(merchant.paid(openid), 100).json()
    number = refund["out_refund_no"]
    assert settled(merchant, number)["status"] == "ABNORMAL"
    path = f"{PATH}/{refund['refund_id']}/apply-abnormal-refund"
    body = {"out_refund_no": number, "type": "USER_BANK_CARD", "bank_type": "ICBC_DEBIT"}
    assert merchant.post(path, body).json()["detail"]["field"] == "bank_account"
    body |= {"bank_account": merchant.encrypt("6222000000000000"), "real_name": "plain"}
    assert merchant.post(path, body).json()["detail"]["field"] == "real_name"
    body["real_name"] = merchant.encrypt("张三")
    accepted = merchant.post(path, body)
    assert (accepted.json()["status"], accepted.json()["channel"]) == ("PROCESSING", "OTHER_BANKCARD")
    assert settled(merchant, number)["status"] == "SUCCESS"
    assert merchant.post(path, body).json()["code"] == "INVALID_REQUEST"


def test_a_final_refund_cannot_be_settled_again(merchant, sandbox, openid):
    sandbox.settings(refund_outcome="HOLD")
    number = merchant.refund(merchant.paid(openid), 100).json()["out_refund_no"]
    assert merchant.get(f"{PATH}/{number}").json()["status"] == "PROCESSING"
    sandbox.refund(number, "SUCCESS")
    assert sandbox.refund(number, "CLOSED", expect=409)["code"] == "REFUND_FINAL"
    assert merchant.get(f"{PATH}/{number}").json()["status"] == "SUCCESS"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"out_refund_no": "x" * 65}, "out_refund_no"),
        ({"out_refund_no": "退款"}, "out_refund_no"),
        ({"reason": "x" * 81}, "reason"),
        ({"notify_url": "https://shop.example/n?a=1"}, "notify_url"),
        ({"amount": {"refund": 0, "total": 1000, "currency": "CNY"}}, "amount.refund"),
        ({"amount": {"refund": 1, "total": 1000}}, "amount.currency"),
        ({"out_trade_no": None}, "transaction_id"),
    ],
)
def test_refund_schema(merchant, openid, change, field):
    answer = merchant.refund(merchant.paid(openid), 100, **change)
    assert (answer.status_code, answer.json()["detail"]["field"]) == (400, field)


def test_a_number_with_every_allowed_character_survives_the_address(merchant, openid):
    number = merchant.number() + "-_|*@"
    assert merchant.refund(merchant.paid(openid), 100, out_refund_no=number).status_code == 200
    for path in (f"{PATH}/{quote(number, safe='')}", f"{PATH}/{quote(number, safe='*@')}"):
        assert merchant.get(path).json()["out_refund_no"] == number
