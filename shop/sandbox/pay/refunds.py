"""Refunds: apply, query, abnormal refund, and how they settle. Source: WeChat Pay APIv3, refunds."""

import json
from typing import Any

from shop.sandbox import callbacks, ids
from shop.sandbox.box import Box
from shop.sandbox.errors import PayError, invalid_request, missing, param_error
from shop.sandbox.pay import fields, payments
from shop.sandbox.pay.gate import Answer, Call
from shop.sandbox.schema import Items, Number, Shape, Text, Url, shape
from shop.sandbox.store import Row

MAX_REFUNDS = 50
YEAR_SECONDS = 365 * 86400
OUTCOMES = ("SUCCESS", "ABNORMAL", "CLOSED")

_FROM = shape(
    account=Text(required=True, choices=("AVAILABLE", "UNAVAILABLE")), amount=Number(required=True, low=1)
)
_GOODS = shape(
    merchant_goods_id=Text(required=True, high=32),
    wechatpay_goods_id=Text(high=32),
    goods_name=Text(high=256),
    unit_price=Number(required=True),
    refund_amount=Number(required=True),
    refund_quantity=Number(required=True, low=1),
)
APPLY = shape(
    transaction_id=Text(high=32),
    out_trade_no=Text(low=6, high=32),
    out_refund_no=Text(required=True, high=64, pattern=r"[0-9A-Za-z_\-|*@]+"),
    reason=Text(high=80),
    notify_url=Url(),
    funds_account=Text(choices=("AVAILABLE", "UNSETTLED")),
    amount=Shape(
        required=True,
        fields={
            "refund": Number(required=True, low=1),
            "total": Number(required=True, low=1),
            "currency": Text(required=True, choices=("CNY",)),
            "from": Items(of=_FROM),
        },
    ),
    goods_detail=Items(of=_GOODS),
)
ABNORMAL = shape(
    out_refund_no=Text(required=True, high=64),
    type=Text(required=True, choices=("USER_BANK_CARD", "MERCHANT_BANK_CARD")),
    bank_type=Text(high=16),
    bank_account=Text(high=1024),
    real_name=Text(high=1024),
)


def apply(box: Box, call: Call) -> Answer:
    """Accept a refund, or answer the same refund again; acceptance is not success."""
    body = call.body
    order = _order_of(box, body)
    known = find(box, body["out_refund_no"])
    if known is not None:
        return _reentry(box, known, order, body)
    _check_order(box, order, body)
    _check_limits(box, order, body["amount"]["refund"])
    return Answer(view(box, _insert(box, order, body)))


def find(box: Box, out_refund_no: str) -> Row | None:
    return box.store.one("SELECT * FROM refunds WHERE out_refund_no = ?", out_refund_no)


def _order_of(box: Box, body: dict[str, Any]) -> Row:
    transaction, number = body.get("transaction_id"), body.get("out_trade_no")
    if not transaction and not number:
        raise param_error("transaction_id", "transaction_id与out_trade_no必填其一")
    if transaction:
        order = box.store.one("SELECT * FROM orders WHERE transaction_id = ?", transaction)
    else:
        order = payments.find(box, str(number))
    if order is None or (number and order["out_trade_no"] != number):
        raise missing("RESOURCE_NOT_EXISTS", "订单不存在")
    return order


def _reentry(box: Box, known: Row, order: Row, body: dict[str, Any]) -> Answer:
    same = known["out_trade_no"] == order["out_trade_no"] and known["amount"] == body["amount"]["refund"]
    if not same or json.loads(known["body"])["amount"]["total"] != body["amount"]["total"]:
        raise invalid_request("订单金额或退款金额与之前请求不一致，请核实后再试", number=268498688)
    return Answer(view(box, known))


def _check_order(box: Box, order: Row, body: dict[str, Any]) -> None:
    if order["state"] != "SUCCESS":
        raise invalid_request("订单未支付，不能退款")
    if body["amount"]["total"] != order["total"]:
        raise invalid_request("订单金额或退款金额与之前请求不一致，请核实后再试")
    if box.now() - order["paid_at"] > YEAR_SECONDS:
        raise invalid_request("订单已超过可退款的最大期限")
    user = box.user(order["openid"])
    if user is None or user["state"] == "closed":
        raise PayError(403, "USER_ACCOUNT_ABNORMAL", "用户账户已注销，请自行处理退款")


def _check_limits(box: Box, order: Row, amount: int) -> None:
    rows = box.store.all(
        "SELECT amount, status, created_at FROM refunds WHERE out_trade_no = ?", order["out_trade_no"]
    )
    if len(rows) >= MAX_REFUNDS:
        raise invalid_request("同一订单部分退款次数不能超过50次")
    if sum(row["amount"] for row in rows if row["status"] != "CLOSED") + amount > order["total"]:
        raise invalid_request("退款金额累计大于可退金额")
    last = max((row["created_at"] for row in rows), default=None)
    if last is not None and box.now() - last < box.setting("refund_spacing_seconds"):
        raise PayError(429, "FREQUENCY_LIMITED", "同一订单多笔退款须间隔1分钟", number=268447840)
    if "refund" in box.setting("not_enough"):
        raise PayError(403, "NOT_ENOUGH", "商户基本账户余额不足，请充值后重试")


def _insert(box: Box, order: Row, body: dict[str, Any]) -> Row:
    now, amount, number = box.now(), body["amount"]["refund"], body["out_refund_no"]
    rule = box.store.one("SELECT outcome FROM refund_rules WHERE out_refund_no = ?", number)
    outcome = rule["outcome"] if rule else box.setting("refund_outcome")
    fee = payments.round_half_up(order["fee"] * amount, order["total"])
    refund = {
        "out_refund_no": number,
        "refund_id": ids.refund_id(now),
        "out_trade_no": order["out_trade_no"],
        "transaction_id": order["transaction_id"],
        "body": json.dumps(body, sort_keys=True),
        "amount": amount,
        "fee": fee,
        "status": "PROCESSING",
        "outcome": outcome,
        "channel": "ORIGINAL",
        "notify_url": body.get("notify_url") or "",
        "created_at": now,
        "due_at": None if outcome == "HOLD" else now + box.setting("refund_delay_seconds"),
        "success_at": None,
    }
    box.store.insert("refunds", **refund)
    remark = f"退款总金额{amount / 100:.2f}元;含手续费{fee / 100:.2f}元"
    payments.book(box, refund["refund_id"], "退款", "支出", amount - fee, number, remark)
    return refund


def view(box: Box, refund: Row) -> dict[str, Any]:
    """The refund object of the API (its field is ``status``; the callback calls it ``refund_status``)."""
    order = payments.find(box, refund["out_trade_no"])
    total = order["total"] if order else 0
    answer = {
        "refund_id": refund["refund_id"],
        "out_refund_no": refund["out_refund_no"],
        "transaction_id": refund["transaction_id"],
        "out_trade_no": refund["out_trade_no"],
        "channel": refund["channel"],
        "user_received_account": "支付用户零钱",
        "create_time": ids.rfc3339(refund["created_at"]),
        "status": refund["status"],
        "funds_account": "AVAILABLE",
        "amount": {
            "total": total,
            "refund": refund["amount"],
            "payer_total": total,
            "payer_refund": refund["amount"],
            "settlement_refund": refund["amount"],
            "settlement_total": total,
            "discount_refund": 0,
            "currency": "CNY",
            "refund_fee": refund["fee"],
        },
        "promotion_detail": [],
    }
    if refund["success_at"]:
        answer["success_time"] = ids.rfc3339(refund["success_at"])
    return answer


def query(box: Box, call: Call) -> Answer:
    refund = find(box, call.path["out_refund_no"])
    if refund is None:
        raise missing("RESOURCE_NOT_EXISTS", "退款单不存在")
    return Answer(view(box, refund))


def apply_abnormal(box: Box, call: Call) -> Answer:
    """Send an ABNORMAL refund to a bank card instead; it then succeeds."""
    refund = box.store.one("SELECT * FROM refunds WHERE refund_id = ?", call.path["refund_id"])
    if refund is None or refund["out_refund_no"] != call.body["out_refund_no"]:
        raise missing("RESOURCE_NOT_EXISTS", "退款单不存在")
    if refund["status"] != "ABNORMAL":
        raise invalid_request("退款单状态不是ABNORMAL，不能发起异常退款")
    if call.body["type"] == "USER_BANK_CARD":
        for name in ("bank_type", "bank_account", "real_name"):
            if not call.body.get(name):
                raise param_error(name, "type为USER_BANK_CARD时必填")
        fields.decrypt(box, call, "bank_account")
        fields.decrypt(box, call, "real_name")
    due = box.now() + box.setting("refund_delay_seconds")
    box.store.run(
        "UPDATE refunds SET status = 'PROCESSING', outcome = 'SUCCESS', channel = 'OTHER_BANKCARD',"
        " due_at = ? WHERE refund_id = ?",
        due, refund["refund_id"],
    )  # fmt: skip
    refund |= {"status": "PROCESSING", "channel": "OTHER_BANKCARD"}
    return Answer(view(box, refund))


def settle(box: Box, refund: Row, outcome: str) -> int:
    """Give a refund its final status and queue the callback; returns the notification's id."""
    now = box.now()
    success = now if outcome == "SUCCESS" else None
    box.store.run(
        "UPDATE refunds SET status = ?, success_at = ?, due_at = NULL WHERE out_refund_no = ?",
        outcome, success, refund["out_refund_no"],
    )  # fmt: skip
    if outcome == "CLOSED":
        back = refund["amount"] - refund["fee"]
        payments.book(box, refund["refund_id"], "退款撤销", "收入", back, refund["out_refund_no"], "退款关闭")
    refund = refund | {"status": outcome, "success_at": success}
    return callbacks.queue(
        box,
        kind="refund",
        reference=refund["out_refund_no"],
        url=refund["notify_url"],
        event_type=f"REFUND.{outcome}",
        body=_resource(box, refund),
    )


def _resource(box: Box, refund: Row) -> dict[str, Any]:
    shown = view(box, refund)
    names = ("out_trade_no", "transaction_id", "out_refund_no", "refund_id", "user_received_account")
    amounts = ("total", "refund", "payer_total", "payer_refund")
    resource: dict[str, Any] = {"mchid": box.identity.mchid, "refund_status": refund["status"]}
    resource |= {name: shown[name] for name in names}
    resource["amount"] = {name: shown["amount"][name] for name in amounts}
    if "success_time" in shown:
        resource["success_time"] = shown["success_time"]
    return resource
