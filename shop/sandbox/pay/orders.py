"""JSAPI orders: place, query, close. Source: WeChat Pay APIv3, JSAPI / mini-program payment."""

import datetime
import json
from typing import Any

from shop.sandbox import ids
from shop.sandbox.box import Box
from shop.sandbox.errors import PayError, invalid_request, missing, param_error
from shop.sandbox.pay import payments
from shop.sandbox.pay.gate import Answer, Call
from shop.sandbox.schema import Flag, Items, Moment, Number, Shape, Text, Url, shape
from shop.sandbox.store import Row

PREPAY_SECONDS = 2 * 3600
UNPAID_DAYS = 7
OUT_TRADE_NO = r"[0-9A-Za-z_\-|*]{6,32}"

_GOODS = shape(
    merchant_goods_id=Text(required=True, high=32),
    wechatpay_goods_id=Text(high=32),
    goods_name=Text(high=256),
    quantity=Number(required=True, low=1),
    unit_price=Number(required=True),
)
_STORE = shape(
    id=Text(required=True, high=32), name=Text(high=256), area_code=Text(high=32), address=Text(high=512)
)
PLACE = shape(
    appid=Text(required=True, high=32),
    mchid=Text(required=True, high=32),
    description=Text(required=True, high=127),
    out_trade_no=Text(required=True, high=32, low=6, pattern=OUT_TRADE_NO),
    time_expire=Moment(),
    attach=Text(low=0, high=128),
    notify_url=Url(required=True),
    goods_tag=Text(high=32),
    support_fapiao=Flag(),
    limit_pay=Items(of=Text(choices=("no_balance", "no_debit", "no_credit"))),
    amount=Shape(
        required=True, fields={"total": Number(required=True, low=1), "currency": Text(choices=("CNY",))}
    ),
    payer=Shape(required=True, fields={"openid": Text(required=True, high=128)}),
    detail=shape(
        cost_price=Number(), invoice_id=Text(high=32), goods_detail=Items(of=_GOODS, low=1, high=6000)
    ),
    scene_info=shape(
        payer_client_ip=Text(required=True, high=45), device_id=Text(high=32), store_info=_STORE
    ),
    settle_info=shape(profit_sharing=Flag()),
)
CLOSE = shape(mchid=Text(required=True, high=32))


def place(box: Box, call: Call) -> Answer:
    """Accept an order, or the same order again with a fresh prepay_id."""
    body = call.body
    check_merchant(box, body)
    _check_payer(box, body["payer"]["openid"])
    number = body["out_trade_no"]
    order = payments.find(box, number)
    if order is None:
        _insert(box, body)
    else:
        _check_reentry(box, order, body)
    prepay = ids.prepay_id(box.now())
    box.store.insert("prepays", prepay_id=prepay, out_trade_no=number, created_at=box.now())
    return Answer({"prepay_id": prepay}, first=payments.autopay(box, number))


def check_merchant(box: Box, body: dict[str, Any]) -> None:
    """appid and mchid must be ours and bound to each other."""
    if body["mchid"] != box.identity.mchid:
        raise PayError(400, "MCH_NOT_EXISTS", "商户号不存在", number=268445527)
    if body["appid"] != box.identity.appid:
        raise PayError(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配", number=268445527)


def _check_payer(box: Box, openid: str) -> None:
    user = box.user(openid)
    if user is None:
        raise PayError(400, "PARAM_ERROR", "无效的openid", number=268501013)
    if user["state"] != "active":
        raise PayError(403, "USER_ACCOUNT_ABNORMAL", "用户账户异常")


def _insert(box: Box, body: dict[str, Any]) -> None:
    now = box.now()
    expires = now + UNPAID_DAYS * 86400
    if body.get("time_expire"):
        expires = datetime.datetime.fromisoformat(body["time_expire"]).timestamp()
        if expires < now + 60:
            raise param_error("time_expire", "须至少在1分钟之后", value=body["time_expire"])
        if expires > now + 90 * 86400:
            raise param_error("time_expire", "不得超过90天", value=body["time_expire"])
    box.store.insert(
        "orders",
        out_trade_no=body["out_trade_no"],
        body=json.dumps(body, sort_keys=True),
        openid=body["payer"]["openid"],
        total=body["amount"]["total"],
        state="NOTPAY",
        created_at=now,
        expires_at=expires,
    )


def _check_reentry(box: Box, order: Row, body: dict[str, Any]) -> None:
    state = payments.state_of(box, order)
    if state == "CLOSED":
        raise PayError(400, "ORDER_CLOSED", "该订单已关闭，请重新下单", number=268447914)
    if state != "NOTPAY":
        raise PayError(400, box.setting("order_paid_code"), "该订单已支付", number=268449538)
    if order["body"] != json.dumps(body, sort_keys=True):
        raise invalid_request("请求重入时，参数与首次请求时不一致，请检查您的入参。", number=268498688)


def query_by_number(box: Box, call: Call) -> Answer:
    _check_query_merchant(box, call)
    return _found(box, payments.find(box, call.path["out_trade_no"]))


def query_by_transaction(box: Box, call: Call) -> Answer:
    _check_query_merchant(box, call)
    sql = "SELECT * FROM orders WHERE transaction_id = ?"
    return _found(box, box.store.one(sql, call.path["transaction_id"]))


def _check_query_merchant(box: Box, call: Call) -> None:
    if call.param("mchid") != box.identity.mchid:
        raise param_error("mchid", "与签名商户号不一致", location="query")


def _found(box: Box, order: Row | None) -> Answer:
    if order is None:
        raise missing("ORDER_NOT_EXIST", "订单不存在")
    return Answer(payments.view(box, order))


def close(box: Box, call: Call) -> Answer:
    """Close an unpaid order; closing a closed one again is fine, a paid one is refused."""
    if call.body["mchid"] != box.identity.mchid:
        raise param_error("mchid", "与签名商户号不一致")
    order = payments.find(box, call.path["out_trade_no"])
    if order is None:
        raise missing("ORDER_NOT_EXIST", "订单不存在")
    if order["state"] == "SUCCESS":
        raise PayError(400, box.setting("order_paid_code"), "该订单已支付", number=268449538)
    box.store.run("UPDATE orders SET state = 'CLOSED' WHERE out_trade_no = ?", order["out_trade_no"])
    return Answer()
