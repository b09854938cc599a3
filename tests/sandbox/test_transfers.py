"""Merchant transfers in every state."""

import pytest

from tests.sandbox.waiting import eventually

PATH = "/v3/fund-app/mch-transfer/transfer-bills"


@pytest.fixture
def bill(merchant, openid):
    """A transfer that waits for its user."""
    body = merchant.transfer(openid)
    answer = merchant.post(PATH, body)
    assert answer.status_code == 200, answer.text
    return body | {"answer": answer.json()}


def state(merchant, bill):
    return merchant.get(f"{PATH}/out-bill-no/{bill['out_bill_no']}").json()["state"]


def until(merchant, bill, wanted):
    eventually(lambda: state(merchant, bill), lambda seen: seen == wanted)


def test_transfer_waits_for_its_user(merchant, bill):
    assert bill["answer"]["state"] == "WAIT_USER_CONFIRM"
    assert bill["answer"]["package_info"]
    shown = merchant.get(f"{PATH}/transfer-bill-no/{bill['answer']['transfer_bill_no']}").json()
    assert (shown["state"], shown["transfer_amount"]) == ("WAIT_USER_CONFIRM", 500)
    assert shown["mch_id"] == merchant.mchid
    assert "package_info" not in shown


def test_same_bill_again_gives_a_fresh_package_and_another_is_refused(merchant, bill):
    body = {name: value for name, value in bill.items() if name != "answer"}
    again = merchant.post(PATH, body).json()
    assert again["transfer_bill_no"] == bill["answer"]["transfer_bill_no"]
    assert again["package_info"] != bill["answer"]["package_info"]
    other = merchant.post(PATH, body | {"transfer_amount": 501})
    assert (other.status_code, other.json()["code"]) == (400, "INVALID_REQUEST")


def test_confirmed_transfer_succeeds(merchant, sandbox, bill):
    sandbox.settings(transfer_delay_seconds=0.0)
    assert sandbox.transfer(bill["out_bill_no"], "confirm")["state"] == "TRANSFERING"
    until(merchant, bill, "SUCCESS")
    assert sandbox.transfer(bill["out_bill_no"], "fail", expect=409)["code"] == "TRANSFER_FINAL"


def test_unconfirmed_transfer_expires_after_a_day(merchant, sandbox, bill):
    sandbox.advance(24 * 3600 + 1)
    until(merchant, bill, "FAIL")
    shown = merchant.get(f"{PATH}/out-bill-no/{bill['out_bill_no']}").json()
    assert shown["fail_reason"] == "OVERDUE_CLOSE"


def test_merchant_cancels_before_confirmation(merchant, sandbox, bill):
    sandbox.settings(transfer_delay_seconds=0.0)
    path = f"{PATH}/out-bill-no/{bill['out_bill_no']}/cancel"
    first = merchant.post(path)
    assert (first.status_code, first.json()["state"]) == (200, "CANCELING")
    until(merchant, bill, "CANCELLED")
    assert merchant.post(path).json()["state"] == "CANCELLED"


def test_a_paid_transfer_cannot_be_cancelled(merchant, sandbox, bill):
    sandbox.settings(transfer_delay_seconds=0.0)
    sandbox.transfer(bill["out_bill_no"], "confirm")
    until(merchant, bill, "SUCCESS")
    answer = merchant.post(f"{PATH}/out-bill-no/{bill['out_bill_no']}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize(
    ("action", "wanted"), [("cancel", "CANCELLED"), ("fail", "FAIL"), ("expire", "FAIL")]
)
def test_control_plane_ends_a_transfer(merchant, sandbox, bill, action, wanted):
    assert sandbox.transfer(bill["out_bill_no"], action)["state"] == wanted
    assert state(merchant, bill) == wanted


def test_transfer_may_start_as_accepted(merchant, sandbox, openid):
    sandbox.settings(transfer_start="ACCEPTED", transfer_delay_seconds=0.0)
    body = merchant.transfer(openid)
    answer = merchant.post(PATH, body).json()
    assert answer["state"] == "ACCEPTED"
    assert "package_info" not in answer
    until(merchant, body, "WAIT_USER_CONFIRM")
    assert merchant.post(PATH, body).json()["package_info"]


def test_names_are_needed_for_large_and_refused_for_tiny_transfers(merchant, openid):
    large = merchant.transfer(openid, 200_000)
    assert merchant.post(PATH, large).json()["detail"]["field"] == "user_name"
    assert merchant.post(PATH, large | {"user_name": merchant.encrypt("张三")}).status_code == 200
    tiny = merchant.transfer(openid, 29, user_name=merchant.encrypt("张三"))
    assert merchant.post(PATH, tiny).json()["detail"]["field"] == "user_name"


def test_name_needs_the_key_that_the_request_names(merchant, openid):
    body = merchant.transfer(openid, 200_000, user_name=merchant.encrypt("张三"))
    without = merchant.post(PATH, body, headers={"Wechatpay-Serial": None})
    assert without.json()["detail"]["field"] == "Wechatpay-Serial"
    plain = merchant.post(PATH, body | {"user_name": "张三"})
    assert plain.json()["detail"]["field"] == "user_name"


def test_reentry_compares_the_name_not_its_ciphertext(merchant, openid):
    body = merchant.transfer(openid, 300)
    first = merchant.post(PATH, body | {"user_name": merchant.encrypt("张三")}).json()
    again = merchant.post(PATH, body | {"user_name": merchant.encrypt("张三")}).json()
    assert again["transfer_bill_no"] == first["transfer_bill_no"]
    other = merchant.post(PATH, body | {"user_name": merchant.encrypt("李四")})
    assert other.json()["code"] == "INVALID_REQUEST"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"transfer_amount": 9}, 400, "PARAM_ERROR"),
        ({"transfer_scene_id": "9999"}, 400, "PARAM_ERROR"),
        ({"transfer_scene_id": "1006"}, 403, "NO_AUTH"),
        ({"transfer_scene_report_infos": []}, 400, "PARAM_ERROR"),
        (
            {"transfer_scene_report_infos": [{"info_type": "岗位类型", "info_content": "x"}]},
            400,
            "PARAM_ERROR",
        ),
        ({"transfer_scene_report_infos": None}, 400, "PARAM_ERROR"),
        ({"out_bill_no": "A-1"}, 400, "PARAM_ERROR"),
        ({"out_bill_no": "A" * 33}, 400, "PARAM_ERROR"),
        ({"transfer_remark": "x" * 33}, 400, "PARAM_ERROR"),
        ({"openid": "oUnknown"}, 400, "PARAM_ERROR"),
        ({"appid": "wx0"}, 400, "PARAM_ERROR"),
    ],
)
def test_transfer_rules(merchant, openid, change, status, code):
    answer = merchant.post(PATH, merchant.transfer(openid) | change)
    if change == {"transfer_scene_id": "1006"}:
        assert answer.json()["code"] == code
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_money_and_addresses(merchant, sandbox, openid):
    body = merchant.transfer(openid)
    sandbox.settings(not_enough=["transfer"])
    assert merchant.post(PATH, body).json()["code"] == "NOT_ENOUGH"
    sandbox.settings(not_enough=[], transfer_ip_allowed=False)
    assert merchant.post(PATH, body).json()["code"] == "INVALID_REQUEST"
    assert merchant.get(f"{PATH}/out-bill-no/{body['out_bill_no']}").json()["code"] == "NOT_FOUND"
    sandbox.settings(transfer_ip_allowed=True)
    assert merchant.post(PATH, body).status_code == 200


def test_cancelling_what_does_not_exist(merchant):
    assert merchant.post(f"{PATH}/out-bill-no/NOTHING/cancel").json()["code"] == "NOT_FOUND"
