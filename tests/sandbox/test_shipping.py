"""Order shipping management."""

import json

import pytest

BASE = "/wxa/sec/order"
TIME = "2026-03-01T12:30:00.123+08:00"


@pytest.fixture
def order(merchant, sandbox, openid):
    paid = merchant.paid(openid)
    sandbox.advance(61)
    return paid


@pytest.fixture
def call(mini):
    return lambda name, body: mini(f"{BASE}/{name}", body)


def shipment(order, **fields):
    return {
        "order_key": {"order_number_type": 2, "transaction_id": order["transaction_id"]},
        "logistics_type": 1,
        "delivery_mode": 1,
        "shipping_list": [{"tracking_no": "YT1", "express_company": "YTO", "item_desc": "苹果 5kg"}],
        "upload_time": TIME,
        "payer": {"openid": order["payer"]["openid"]},
    } | fields


def parcel(number):
    return [{"tracking_no": number, "express_company": "ZTO", "item_desc": "苹果"}]


def state(call, order):
    return call("get_order", {"transaction_id": order["transaction_id"]})["order"]["order_state"]


def test_shipping_a_paid_order(call, order, merchant):
    assert state(call, order) == 1
    assert call("upload_shipping_info", shipment(order))["errcode"] == 0
    shown = call("get_order", {"merchant_id": merchant.mchid, "merchant_trade_no": order["out_trade_no"]})[
        "order"
    ]
    assert (shown["order_state"], shown["paid_amount"]) == (2, 1000)
    assert shown["shipping"]["finish_shipping"] is True
    assert shown["shipping"]["shipping_list"][0]["tracking_no"] == "YT1"


def test_the_index_lags_a_minute_behind_the_payment(call, merchant, sandbox, openid):
    fresh = merchant.paid(openid)
    assert call("upload_shipping_info", shipment(fresh))["errcode"] == 10060001
    sandbox.advance(61)
    assert call("upload_shipping_info", shipment(fresh))["errcode"] == 0


def test_one_correction_is_allowed(call, order):
    assert call("upload_shipping_info", shipment(order))["errcode"] == 0
    assert call("upload_shipping_info", shipment(order))["errcode"] == 10060023
    assert call("upload_shipping_info", shipment(order, shipping_list=parcel("Z1")))["errcode"] == 0
    assert call("upload_shipping_info", shipment(order, shipping_list=parcel("Z2")))["errcode"] == 10060003


def test_split_delivery_until_the_last_parcel(call, order):
    split = {"delivery_mode": 2, "is_all_delivered": False}
    assert call("upload_shipping_info", shipment(order, shipping_list=parcel("A"), **split))["errcode"] == 0
    assert state(call, order) == 1
    both = parcel("A") + parcel("B")
    done = split | {"is_all_delivered": True}
    assert call("upload_shipping_info", shipment(order, shipping_list=both, **done))["errcode"] == 0
    assert state(call, order) == 2
    more = shipment(order, shipping_list=both + parcel("C"), **split)
    assert call("upload_shipping_info", more)["errcode"] == 10060002


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"upload_time": "2026-03-01T12:30:00+08:00"}, 268485216),
        ({"upload_time": "2026-03-01T12:30:00.123"}, 268485216),
        ({"payer": {"openid": "oSomebodyElse"}}, 40003),
        ({"shipping_list": [{"item_desc": "x"}]}, 40097),
        ({"shipping_list": [{"tracking_no": "1", "express_company": "NONE", "item_desc": "x"}]}, 40097),
        ({"shipping_list": [{"tracking_no": "1", "express_company": "SF", "item_desc": "x"}]}, 40097),
        ({"shipping_list": [{"tracking_no": "1", "express_company": "YTO", "item_desc": "x" * 121}]}, 40097),
        ({"shipping_list": []}, 40097),
        ({"logistics_type": 5}, 40097),
        ({"delivery_mode": 2}, 40097),
        ({"order_key": {"order_number_type": 1, "transaction_id": "1"}}, 40097),
        ({"order_key": {"order_number_type": 2, "transaction_id": "4200000000"}}, 10060001),
        ({"surprise": 1}, 47001),
    ],
)
def test_upload_rules_change_nothing(call, order, change, errcode):
    assert call("upload_shipping_info", shipment(order, **change))["errcode"] == errcode
    assert state(call, order) == 1


@pytest.mark.parametrize("logistics_type", [2, 3, 4])
def test_other_kinds_need_no_tracking_number(call, order, logistics_type):
    body = shipment(order, logistics_type=logistics_type, shipping_list=[{"item_desc": "自提"}])
    assert call("upload_shipping_info", body)["errcode"] == 0


def test_sf_with_a_contact(call, order):
    contact = {"receiver_contact": "+86-138****8000"}
    sf = [{"tracking_no": "SF1", "express_company": "SF", "item_desc": "x", "contact": contact}]
    assert call("upload_shipping_info", shipment(order, shipping_list=sf))["errcode"] == 0


def test_refunded_order_cannot_be_shipped(call, merchant, sandbox, order):
    number = merchant.refund(order, 1000).json()["out_refund_no"]
    if merchant.get(f"/v3/refund/domestic/refunds/{number}").json()["status"] == "PROCESSING":
        sandbox.refund(number, "SUCCESS")
    assert state(call, order) == 5
    assert call("upload_shipping_info", shipment(order))["errcode"] == 10060004


def test_receipt_pushes_settlement_and_ends_shipping(call, sandbox, order, pushes):
    path = f"/receipts/{order['transaction_id']}"
    assert sandbox.post(path, expect=409)["code"] == "NOT_SHIPPED"
    call("upload_shipping_info", shipment(order))
    reminder = {"transaction_id": order["transaction_id"], "received_time": 1795290000}
    assert call("notify_confirm_receive", reminder)["errcode"] == 0
    assert call("notify_confirm_receive", reminder)["errcode"] == 10060026
    sandbox.settings(push_mode="plain")
    assert sandbox.post(path, {"settle": True})["order_state"] == 4
    told = json.loads(pushes.wait()[0].body)
    assert told["Event"] == "trade_manage_order_settlement"
    assert (told["transaction_id"], told["merchant_trade_no"]) == (
        order["transaction_id"],
        order["out_trade_no"],
    )
    assert call("upload_shipping_info", shipment(order, shipping_list=parcel("Z9")))["errcode"] == 10060004


def test_combined_upload_is_all_or_nothing(call, merchant, sandbox, order, openid):
    other = merchant.paid(openid)
    sandbox.advance(61)
    body = {
        "order_key": {"order_number_type": 2, "transaction_id": order["transaction_id"]},
        "upload_time": TIME,
        "payer": {"openid": openid},
    }
    names = ("order_key", "logistics_type", "delivery_mode", "shipping_list")
    parts = [{name: shipment(paid)[name] for name in names} for paid in (order, other)]
    wrong = [parts[0], parts[1] | {"shipping_list": [{"item_desc": "x"}]}]
    assert call("upload_combined_shipping_info", body | {"sub_orders": wrong})["errcode"] == 40097
    assert state(call, order) == 1
    assert call("upload_combined_shipping_info", body | {"sub_orders": parts})["errcode"] == 0
    assert [state(call, order), state(call, other)] == [2, 2]


def test_order_list_pages(call, merchant, sandbox, openid):
    numbers = [merchant.paid(openid)["out_trade_no"] for _ in range(3)]
    first = call("get_order_list", {"openid": openid, "page_size": 2})
    rest = call("get_order_list", {"openid": openid, "page_size": 2, "last_index": first["last_index"]})
    assert first["has_more"] is True
    assert rest["has_more"] is False
    seen = [entry["merchant_trade_no"] for entry in first["order_list"] + rest["order_list"]]
    assert seen == numbers
    assert call("get_order_list", {"openid": openid, "order_state": 2})["order_list"] == []


def test_switches_and_special_orders(call, sandbox, merchant, order):
    appid = merchant.appid
    assert call("is_trade_managed", {"appid": appid})["is_trade_managed"] is True
    assert call("is_trade_management_confirmation_completed", {"appid": appid})["completed"] is True
    assert call("is_trade_managed", {"appid": "wx0"})["errcode"] == 40013
    assert call("set_msg_jump_path", {"path": "pages/order"})["errcode"] == 0
    special = {"order_id": order["transaction_id"], "type": 1}
    assert call("opspecialorder", special)["errcode"] == 40097
    assert call("opspecialorder", special | {"delay_to": 1795290000})["errcode"] == 0
    assert call("opspecialorder", {"order_id": "none", "type": 2})["errcode"] == 10060001
