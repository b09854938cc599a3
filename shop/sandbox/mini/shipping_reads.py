"""Shipping management: asking about orders, reminding, and the one-off settings."""

import json
from typing import Any

from shop.sandbox.box import Box
from shop.sandbox.errors import MiniError
from shop.sandbox.mini import shipping
from shop.sandbox.mini.calls import MiniCall
from shop.sandbox.schema import Number, Shape, Text, shape
from shop.sandbox.store import Row

_WHICH = {
    "transaction_id": Text(high=64),
    "merchant_id": Text(high=32),
    "sub_merchant_id": Text(high=32),
    "merchant_trade_no": Text(high=64),
}
ONE = shape(**_WHICH)
MANY = shape(
    pay_time_range=shape(begin_time=Number(), end_time=Number()),
    order_state=Number(choices=(1, 2, 3, 4, 5, 6)),
    openid=Text(),
    last_index=Text(low=0),
    page_size=Number(low=1, high=100),
)
CONFIRM = shape(**_WHICH, received_time=Number(required=True))
JUMP = shape(path=Text(required=True, high=1024))
MANAGED = shape(appid=Text(required=True))
SPECIAL = Shape(
    fields={
        "order_id": Text(required=True, high=64),
        "type": Number(required=True, choices=(1, 2)),
        "delay_to": Number(),
    }
)


def get_order(box: Box, call: MiniCall) -> dict[str, Any]:
    return {"errcode": 0, "errmsg": "ok", "order": _view(box, _existing(box, call.body))}


def _existing(box: Box, key: dict[str, Any]) -> Row:
    order = shipping.find_order(box, key)
    if order is None or box.now() - order["paid_at"] < box.setting("shipping_delay_seconds"):
        raise MiniError(10060001, "支付单不存在")
    return order


def _view(box: Box, order: Row) -> dict[str, Any]:
    body = json.loads(order["body"])
    shown: dict[str, Any] = {
        "transaction_id": order["transaction_id"],
        "merchant_id": body["mchid"],
        "sub_merchant_id": "",
        "merchant_trade_no": order["out_trade_no"],
        "description": body["description"],
        "paid_amount": order["total"],
        "openid": order["openid"],
        "trade_create_time": int(order["created_at"]),
        "pay_time": int(order["paid_at"]),
        "order_state": shipping.order_state(box, order),
        "in_complaint": False,
    }
    row = box.store.one("SELECT * FROM shippings WHERE transaction_id = ?", order["transaction_id"])
    if row:
        sent = json.loads(row["body"])
        parcels = [parcel | {"upload_time": int(row["updated_at"])} for parcel in sent["shipping_list"]]
        shown["shipping"] = {
            "delivery_mode": sent["delivery_mode"],
            "logistics_type": sent["logistics_type"],
            "finish_shipping": bool(row["shipped_all"]),
            "goods_desc": parcels[0]["item_desc"],
            "finish_shipping_count": row["uploads"] if row["shipped_all"] else 0,
            "shipping_list": parcels,
        }
    return shown


def get_order_list(box: Box, call: MiniCall) -> dict[str, Any]:
    """Paid orders, oldest payment first; ``last_index`` continues."""
    body = call.body
    span = body.get("pay_time_range") or {}
    size, start = body.get("page_size", 100), body.get("last_index") or "0"
    if not start.isdigit():
        raise MiniError(40097, "invalid args: last_index")
    rows = box.store.all(
        "SELECT * FROM orders WHERE state = 'SUCCESS' AND paid_at >= ? AND paid_at <= ? ORDER BY paid_at",
        span.get("begin_time", 0), span.get("end_time", box.now()),
    )  # fmt: skip
    if body.get("openid"):
        rows = [row for row in rows if row["openid"] == body["openid"]]
    if body.get("order_state"):
        rows = [row for row in rows if shipping.order_state(box, row) == body["order_state"]]
    page = rows[int(start) : int(start) + size]
    end = int(start) + len(page)
    return {
        "errcode": 0,
        "errmsg": "ok",
        "order_list": [_view(box, row) for row in page],
        "last_index": str(end),
        "has_more": end < len(rows),
    }


def remind_receipt(box: Box, call: MiniCall) -> dict[str, Any]:
    """notify_confirm_receive: once per shipped order."""
    order = _existing(box, call.body)
    if shipping.order_state(box, order) != shipping.SHIPPED:
        raise MiniError(10060004, "支付单处于不可操作的状态")
    changed = box.store.run(
        "UPDATE shippings SET reminded_at = ? WHERE transaction_id = ? AND reminded_at IS NULL",
        box.now(), order["transaction_id"],
    )  # fmt: skip
    if not changed:
        raise MiniError(shipping.REMINDED_TWICE, "确认收货提醒已使用")
    return {"errcode": 0, "errmsg": "ok"}


def set_jump_path(box: Box, call: MiniCall) -> dict[str, Any]:
    box.store.write("msg_jump_path", call.body["path"])
    return {"errcode": 0, "errmsg": "ok"}


def is_managed(box: Box, call: MiniCall) -> dict[str, Any]:
    _check_appid(box, call)
    return {"errcode": 0, "errmsg": "ok", "is_trade_managed": box.setting("trade_managed")}


def is_confirmed(box: Box, call: MiniCall) -> dict[str, Any]:
    _check_appid(box, call)
    return {"errcode": 0, "errmsg": "ok", "completed": box.setting("trade_managed")}


def _check_appid(box: Box, call: MiniCall) -> None:
    if call.body["appid"] != box.identity.appid:
        raise MiniError(40013, "invalid appid")


def special_order(box: Box, call: MiniCall) -> dict[str, Any]:
    """opspecialorder: report a presale (type 1, with delay_to) or a test order (type 2)."""
    body = call.body
    order = shipping.find_order(box, {"transaction_id": body["order_id"]})
    if order is None:
        order = shipping.find_order(box, {"mchid": box.identity.mchid, "out_trade_no": body["order_id"]})
    if order is None:
        raise MiniError(10060001, "支付单不存在")
    if body["type"] == 1 and not body.get("delay_to"):
        raise MiniError(40097, "invalid args: delay_to is required for a presale")
    box.store.write(
        f"special:{order['out_trade_no']}", {"type": body["type"], "delay_to": body.get("delay_to")}
    )
    return {"errcode": 0, "errmsg": "ok"}
