"""Order shipping management, /wxa/sec/order/*: what was sent, and what WeChat thinks of the order.

Errors 10060001-10060004 and 10060023 are WeChat's; the number for a second receipt reminder and the use of
40003 for a wrong payer are our own choice, because no page names them.
"""

import json
from typing import Any

from shop.sandbox.box import Box
from shop.sandbox.errors import MiniError
from shop.sandbox.mini.calls import MiniCall
from shop.sandbox.mini.couriers import COURIERS
from shop.sandbox.schema import Flag, InvalidFieldError, Items, Moment, Number, Shape, Text, shape
from shop.sandbox.store import Row

EXPRESS, SAME_CITY, VIRTUAL, PICKUP = 1, 2, 3, 4
UNIFIED, SPLIT = 1, 2
TO_SHIP, SHIPPED, RECEIVED, FINISHED, REFUNDED = 1, 2, 3, 4, 5
REMINDED_TWICE = 10060026

_KEY = Shape(
    required=True,
    fields={
        "order_number_type": Number(required=True, choices=(1, 2)),
        "transaction_id": Text(high=64),
        "mchid": Text(high=32),
        "out_trade_no": Text(high=64),
    },
)
_CONTACT = shape(consignor_contact=Text(high=1024), receiver_contact=Text(high=1024))
_PARCEL = shape(
    tracking_no=Text(high=128),
    express_company=Text(high=128),
    item_desc=Text(required=True, high=120),
    contact=_CONTACT,
)
_SHIPMENT = {
    "order_key": _KEY,
    "logistics_type": Number(required=True, choices=(EXPRESS, SAME_CITY, VIRTUAL, PICKUP)),
    "delivery_mode": Number(required=True, choices=(UNIFIED, SPLIT)),
    "is_all_delivered": Flag(),
    "shipping_list": Items(of=_PARCEL, low=1, high=15, required=True),
}
_PAYER = Shape(required=True, fields={"openid": Text(required=True)})
UPLOAD = shape(**_SHIPMENT, upload_time=Text(required=True), payer=_PAYER)
COMBINED = shape(
    order_key=_KEY,
    sub_orders=Items(of=Shape(fields=_SHIPMENT), low=1, high=50, required=True),
    upload_time=Text(required=True),
    payer=_PAYER,
)


def upload(box: Box, call: MiniCall) -> dict[str, Any]:
    """Say how an order was shipped; once more is a correction, after that no more."""
    _check_time(call.body["upload_time"])
    _ship(box, call.body, call.body["payer"]["openid"])
    return {"errcode": 0, "errmsg": "ok"}


def upload_combined(box: Box, call: MiniCall) -> dict[str, Any]:
    """The same for several payments made in one go: all or none."""
    _check_time(call.body["upload_time"])
    for shipment in call.body["sub_orders"]:
        _ship(box, shipment, call.body["payer"]["openid"])
    return {"errcode": 0, "errmsg": "ok"}


def _check_time(value: str) -> None:
    try:
        Moment(fraction=True).check("upload_time", value)
    except InvalidFieldError as error:
        raise MiniError(268485216, "上传时间非法，请按照 RFC 3339 格式填写") from error


def _ship(box: Box, body: dict[str, Any], openid: str) -> None:
    order = _order_of(box, body["order_key"])
    if box.now() - order["paid_at"] < box.setting("shipping_delay_seconds"):
        raise MiniError(10060001, "支付单不存在")
    if order["openid"] != openid:
        raise MiniError(40003, "invalid openid")
    _check_parcels(body)
    if order_state(box, order) not in (TO_SHIP, SHIPPED):
        raise MiniError(10060004, "支付单处于不可发货的状态")
    complete = body["delivery_mode"] == UNIFIED or body.get("is_all_delivered", False)
    _store(box, order, body, complete)


def find_order(box: Box, key: dict[str, Any]) -> Row | None:
    """By transaction_id, or by mchid + out_trade_no (both spellings that the API uses)."""
    if key.get("transaction_id"):
        return box.store.one("SELECT * FROM orders WHERE transaction_id = ?", key["transaction_id"])
    mchid = key.get("mchid") or key.get("merchant_id")
    number = key.get("out_trade_no") or key.get("merchant_trade_no")
    if mchid != box.identity.mchid:
        return None
    return box.store.one("SELECT * FROM orders WHERE out_trade_no = ? AND state = 'SUCCESS'", number)


def _order_of(box: Box, key: dict[str, Any]) -> Row:
    wanted = ("transaction_id",) if key["order_number_type"] == 2 else ("mchid", "out_trade_no")
    if any(not key.get(name) for name in wanted):
        raise MiniError(40097, f"invalid args: order_key needs {', '.join(wanted)}")
    order = find_order(box, {name: key[name] for name in wanted})
    if order is None:
        raise MiniError(10060001, "支付单不存在")
    return order


def _check_parcels(body: dict[str, Any]) -> None:
    parcels = body["shipping_list"]
    if body["delivery_mode"] == UNIFIED and len(parcels) != 1:
        raise MiniError(268485224, "发货模式非法: 统一发货只能有一个物流信息")
    if body["delivery_mode"] == SPLIT and "is_all_delivered" not in body:
        raise MiniError(40097, "invalid args: is_all_delivered is required in split mode")
    if body["logistics_type"] != EXPRESS:
        return
    for parcel in parcels:
        if not parcel.get("tracking_no") or parcel.get("express_company") not in COURIERS:
            raise MiniError(40097, "invalid args: tracking_no and a known express_company are required")
        if parcel["express_company"] == "SF" and not any((parcel.get("contact") or {}).values()):
            raise MiniError(40097, "invalid args: SF needs a contact")


def _store(box: Box, order: Row, body: dict[str, Any], complete: bool) -> None:
    kept = {name: body[name] for name in body if name not in ("order_key", "upload_time", "payer")}
    text, number, now = json.dumps(kept, sort_keys=True), order["transaction_id"], box.now()
    known = box.store.one("SELECT * FROM shippings WHERE transaction_id = ?", number)
    if known is None:
        box.store.insert(
            "shippings",
            transaction_id=number,
            body=text,
            uploads=1,
            shipped_all=int(complete),
            state=SHIPPED if complete else TO_SHIP,
            updated_at=now,
        )
        return
    if known["body"] == text:
        raise MiniError(10060023, "发货信息未更新")
    if known["shipped_all"]:
        if not complete:
            raise MiniError(10060002, "支付单已完成发货，无法继续发货")
        if known["uploads"] > 1:
            raise MiniError(10060003, "支付单已使用重新发货机会")
    # Parcels of a split order before its last one do not spend the one correction.
    uploads = 2 if known["shipped_all"] else 1
    state = SHIPPED if complete else TO_SHIP
    box.store.run(
        "UPDATE shippings SET body = ?, uploads = ?, shipped_all = ?, state = ?, updated_at = ?"
        " WHERE transaction_id = ?",
        text, uploads, int(complete), state, now, number,
    )  # fmt: skip


def order_state(box: Box, order: Row) -> int:
    """1 to ship, 2 shipped, 3 received, 4 finished, 5 refunded in full, 6 settling."""
    refunded = box.store.number(
        "SELECT sum(amount) FROM refunds WHERE out_trade_no = ? AND status = 'SUCCESS'", order["out_trade_no"]
    )
    if refunded >= order["total"]:
        return REFUNDED
    row = box.store.one("SELECT state FROM shippings WHERE transaction_id = ?", order["transaction_id"])
    return int(row["state"]) if row else TO_SHIP


def receive(box: Box, order: Row, state: int) -> None:
    """The shopper confirmed; raises MiniError 10060004 unless the goods were shipped."""
    if order_state(box, order) not in (SHIPPED, RECEIVED, 6):
        raise MiniError(10060004, "支付单处于不可操作的状态")
    box.store.run(
        "UPDATE shippings SET state = ?, received_at = ? WHERE transaction_id = ?",
        state, box.now(), order["transaction_id"],
    )  # fmt: skip
