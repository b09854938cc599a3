"""Profit sharing: receivers, split orders, unfreezing, returns, amounts. Source: 分账 documentation."""

import json
from typing import Any

from shop.sandbox import ids
from shop.sandbox.box import Box
from shop.sandbox.errors import PayError, invalid_request, missing, param_error
from shop.sandbox.pay import fields, payments
from shop.sandbox.pay.gate import Answer, Call
from shop.sandbox.schema import Flag, Items, Number, Text, shape
from shop.sandbox.store import Row

MIN_AGE_SECONDS = 60
MAX_AGE_SECONDS = 30 * 86400
RETURN_SECONDS = 180 * 86400
MAX_SPLITS = 50
_TYPES = ("MERCHANT_ID", "PERSONAL_OPENID")
_RELATIONS = (
    "STORE", "STAFF", "STORE_OWNER", "PARTNER", "HEADQUARTER", "BRAND", "DISTRIBUTOR", "USER", "SUPPLIER",
    "CUSTOM",
)  # fmt: skip
_NUMBER = Text(required=True, high=64, pattern=r"[0-9A-Za-z_\-|*@]+")

ADD = shape(
    appid=Text(required=True, high=32),
    type=Text(required=True, choices=_TYPES),
    account=Text(required=True, high=64),
    name=Text(high=1024),
    relation_type=Text(required=True, choices=_RELATIONS),
    custom_relation=Text(high=10),
)
DELETE = shape(
    appid=Text(required=True, high=32),
    type=Text(required=True, choices=_TYPES),
    account=Text(required=True, high=64),
)
_RECEIVER = shape(
    type=Text(required=True, choices=_TYPES),
    account=Text(required=True, high=64),
    name=Text(high=1024),
    amount=Number(required=True, low=1),
    description=Text(required=True, high=80),
)
SPLIT = shape(
    appid=Text(required=True, high=32),
    transaction_id=Text(required=True, high=32),
    out_order_no=_NUMBER,
    receivers=Items(of=_RECEIVER, high=50, low=1, required=True),
    unfreeze_unsplit=Flag(required=True),
)
UNFREEZE = shape(
    transaction_id=Text(required=True, high=32),
    out_order_no=_NUMBER,
    description=Text(required=True, high=80),
)
RETURN = shape(
    order_id=Text(high=64),
    out_order_no=Text(high=64),
    out_return_no=_NUMBER,
    return_mchid=Text(required=True, high=32),
    amount=Number(required=True, low=1),
    description=Text(required=True, high=80),
)


def add_receiver(box: Box, call: Call) -> Answer:
    body = call.body
    _check_right(box, body)
    if body.get("name"):
        fields.decrypt(box, call, "name")
    if body["type"] == "MERCHANT_ID" and not body.get("name"):
        raise param_error("name", "接收方类型是MERCHANT_ID时必填")
    known = {name: body[name] for name in ("type", "account", "relation_type")}
    box.store.run(
        "INSERT OR REPLACE INTO receivers (type, account, body) VALUES (?, ?, ?)",
        body["type"], body["account"], json.dumps(known),
    )  # fmt: skip
    return Answer({k: v for k, v in body.items() if k not in ("appid", "name")})


def delete_receiver(box: Box, call: Call) -> Answer:
    body = call.body
    _check_right(box, body)
    box.store.run("DELETE FROM receivers WHERE type = ? AND account = ?", body["type"], body["account"])
    return Answer({"type": body["type"], "account": body["account"]})


def _check_right(box: Box, body: dict[str, Any]) -> None:
    if not box.setting("profit_sharing_granted"):
        raise PayError(403, "NO_AUTH", "商户无分账权限")
    if body.get("appid", box.identity.appid) != box.identity.appid:
        raise PayError(400, "INVALID_REQUEST", "appid与mchid不匹配", number=268445527)


def split(box: Box, call: Call) -> Answer:
    """Share part of a frozen payment; FINISHED later, and each receiver has its own result."""
    body = call.body
    _check_right(box, body)
    for receiver in body["receivers"]:
        if receiver.get("name"):
            fields.decrypt(box, Call(call.path, call.query, receiver, call.serial), "name")
    plain = body | {"receivers": [{k: v for k, v in r.items() if k != "name"} for r in body["receivers"]]}
    known = _find(box, body["out_order_no"])
    if known is not None:
        return _reentry(box, known, plain)
    order = _splittable(box, body["transaction_id"])
    _check_receivers(box, order, body["receivers"])
    return Answer(_insert(box, order, plain, "SPLIT", body["receivers"]))


def _find(box: Box, out_order_no: str) -> Row | None:
    return box.store.one("SELECT * FROM splits WHERE out_order_no = ?", out_order_no)


def _reentry(box: Box, known: Row, body: dict[str, Any]) -> Answer:
    if known["body"] != json.dumps(body, sort_keys=True):
        raise invalid_request("请求参数与首次请求不一致", number=268498688)
    return Answer(view(box, known))


def _splittable(box: Box, transaction_id: str) -> Row:
    order = box.store.one("SELECT * FROM orders WHERE transaction_id = ?", transaction_id)
    if order is None:
        raise missing("RESOURCE_NOT_EXISTS", "订单不存在")
    if not json.loads(order["body"]).get("settle_info", {}).get("profit_sharing"):
        raise invalid_request("非分账订单不支持分账")
    age = box.now() - order["paid_at"]
    if age < MIN_AGE_SECONDS:
        raise PayError(400, "INVALID_REQUEST", "订单处理中，暂时无法分账，请稍后再试")
    if not order["frozen"] or age > MAX_AGE_SECONDS:
        raise invalid_request("订单已解冻，不能分账")
    return order


def _check_receivers(box: Box, order: Row, receivers: list[dict[str, Any]]) -> None:
    for receiver in receivers:
        sql = "SELECT 1 FROM receivers WHERE type = ? AND account = ?"
        if box.store.one(sql, receiver["type"], receiver["account"]) is None:
            raise PayError(403, "NO_AUTH", "分账接收方关系未建立，请先添加接收方")
    amount = sum(receiver["amount"] for receiver in receivers)
    count = box.store.number(
        "SELECT count(*) FROM splits WHERE transaction_id = ? AND kind = 'SPLIT'", order["transaction_id"]
    )
    if count >= MAX_SPLITS:
        raise PayError(429, "FREQUENCY_LIMITED", "同一笔支付单分账次数超过50次", number=268447840)
    cap = (order["total"] - order["fee"]) * box.setting("split_cap_percent") // 100
    if split_total(box, order["transaction_id"]) + amount > cap:
        raise PayError(403, "RULE_LIMIT", "分账金额超过最大分账比例")
    if "profitsharing" in box.setting("not_enough") or amount > unsplit(box, order):
        raise PayError(403, "NOT_ENOUGH", "分账金额不足")


def split_total(box: Box, transaction_id: str) -> int:
    """Fen given to receivers so far, failed ones left out."""
    rows = box.store.all(
        "SELECT receivers FROM splits WHERE transaction_id = ? AND kind = 'SPLIT'", transaction_id
    )
    receivers = [receiver for row in rows for receiver in json.loads(row["receivers"])]
    return sum(receiver["amount"] for receiver in receivers if receiver["result"] != "CLOSED")


def unsplit(box: Box, order: Row) -> int:
    """Fen of the payment still frozen: after fee, splits and refunds; 0 once unfrozen."""
    if not order["frozen"]:
        return 0
    refunded = box.store.number(
        "SELECT sum(amount - fee) FROM refunds WHERE out_trade_no = ? AND status <> 'CLOSED'",
        order["out_trade_no"],
    )
    return int(max(0, order["total"] - order["fee"] - refunded - split_total(box, order["transaction_id"])))


def _insert(
    box: Box, order: Row, body: dict[str, Any], kind: str, receivers: list[dict[str, Any]]
) -> dict[str, Any]:
    now = box.now()
    shares = [
        {name: receiver[name] for name in ("type", "account", "amount", "description")}
        | {"result": "PENDING", "detail_id": "3601" + ids.digits(26), "create_time": ids.rfc3339(now)}
        for receiver in receivers
    ]
    row: Row = {
        "out_order_no": body["out_order_no"],
        "order_id": ids.sharing_id(now),
        "transaction_id": order["transaction_id"],
        "kind": kind,
        "body": json.dumps(body, sort_keys=True),
        "receivers": json.dumps(shares, ensure_ascii=False),
        "state": "PROCESSING",
        "created_at": now,
        "due_at": now + box.setting("split_delay_seconds"),
    }
    box.store.insert("splits", **row)
    if kind == "UNFREEZE" or body["unfreeze_unsplit"]:
        sql = "UPDATE orders SET frozen = 0 WHERE transaction_id = ?"
        box.store.run(sql, order["transaction_id"])
    return view(box, row)


def view(_box: Box, row: Row) -> dict[str, Any]:
    return {
        "transaction_id": row["transaction_id"],
        "out_order_no": row["out_order_no"],
        "order_id": row["order_id"],
        "state": row["state"],
        "receivers": json.loads(row["receivers"]),
    }


def settle(box: Box, row: Row) -> None:
    """Finish a split: every receiver gets the planned result, the money leaves."""
    result, now = box.setting("split_result"), box.now()
    receivers = json.loads(row["receivers"])
    for receiver in receivers:
        receiver |= {"result": result, "finish_time": ids.rfc3339(now)}
        if result == "CLOSED":
            receiver["fail_reason"] = "ACCOUNT_ABNORMAL"
        else:
            number = row["order_id"]
            payments.book(box, number, "分账", "支出", receiver["amount"], row["out_order_no"], "分账")
    box.store.run(
        "UPDATE splits SET state = 'FINISHED', receivers = ?, due_at = NULL WHERE out_order_no = ?",
        json.dumps(receivers, ensure_ascii=False), row["out_order_no"],
    )  # fmt: skip


def query(box: Box, call: Call) -> Answer:
    transaction = call.param("transaction_id")
    row = _find(box, call.path["out_order_no"])
    if row is None or row["transaction_id"] != transaction:
        raise missing("RESOURCE_NOT_EXISTS", "分账单不存在")
    return Answer(view(box, row))


def unfreeze(box: Box, call: Call) -> Answer:
    """Give what is left back to the merchant; needs an out_order_no of its own."""
    body = call.body
    _check_right(box, body)
    known = _find(box, body["out_order_no"])
    if known is not None:
        return _reentry(box, known, body)
    order = _splittable(box, body["transaction_id"])
    own = {"type": "MERCHANT_ID", "account": box.identity.mchid, "amount": unsplit(box, order)}
    own["description"] = body["description"]
    shown = _insert(box, order, body, "UNFREEZE", [])
    return Answer(shown | {"receivers": [own | {"result": "PENDING"}]})


def amounts(box: Box, call: Call) -> Answer:
    order = box.store.one("SELECT * FROM orders WHERE transaction_id = ?", call.path["transaction_id"])
    if order is None:
        raise missing("RESOURCE_NOT_EXISTS", "订单不存在")
    return Answer({"transaction_id": order["transaction_id"], "unsplit_amount": unsplit(box, order)})


def give_back(box: Box, call: Call) -> Answer:
    """A merchant receiver returns a share."""
    body = call.body
    if not body.get("order_id") and not body.get("out_order_no"):
        raise param_error("out_order_no", "order_id与out_order_no必填其一")
    known = box.store.one("SELECT * FROM split_returns WHERE out_return_no = ?", body["out_return_no"])
    if known is not None:
        if known["body"] != json.dumps(body, sort_keys=True):
            raise invalid_request("请求参数与首次请求不一致", number=268498688)
        return Answer(_return_view(box, known))
    row = box.store.one(
        "SELECT * FROM splits WHERE out_order_no = ? OR order_id = ?",
        body.get("out_order_no", ""), body.get("order_id", ""),
    )  # fmt: skip
    if row is None:
        raise missing("RESOURCE_NOT_EXISTS", "分账单不存在")
    _check_return(box, row, body)
    return Answer(_return_view(box, _insert_return(box, row, body)))


def _check_return(box: Box, row: Row, body: dict[str, Any]) -> None:
    if box.now() - row["created_at"] > RETURN_SECONDS:
        raise invalid_request("分账单已超过180天，不能回退")
    got = sum(
        receiver["amount"]
        for receiver in json.loads(row["receivers"])
        if receiver["account"] == body["return_mchid"]
        and receiver["type"] == "MERCHANT_ID"
        and receiver["result"] == "SUCCESS"
    )
    returned = box.store.number(
        "SELECT sum(amount) FROM split_returns WHERE out_order_no = ? AND mchid = ?",
        row["out_order_no"], body["return_mchid"],
    )  # fmt: skip
    if returned + body["amount"] > got:
        raise PayError(403, "NOT_ENOUGH", "回退金额大于该接收方的分账金额")


def _insert_return(box: Box, row: Row, body: dict[str, Any]) -> Row:
    now = box.now()
    entry: Row = {
        "out_return_no": body["out_return_no"],
        "return_id": ids.sharing_id(now),
        "out_order_no": row["out_order_no"],
        "mchid": body["return_mchid"],
        "body": json.dumps(body, sort_keys=True),
        "amount": body["amount"],
        "result": "SUCCESS",
        "created_at": now,
    }
    box.store.insert("split_returns", **entry)
    payments.book(
        box, entry["return_id"], "分账回退", "收入", body["amount"], body["out_return_no"], "分账回退"
    )
    return entry


def query_return(box: Box, call: Call) -> Answer:
    number = call.param("out_order_no")
    entry = box.store.one("SELECT * FROM split_returns WHERE out_return_no = ?", call.path["out_return_no"])
    if entry is None or entry["out_order_no"] != number:
        raise missing("RESOURCE_NOT_EXISTS", "回退单不存在")
    return Answer(_return_view(box, entry))


def _return_view(box: Box, entry: Row) -> dict[str, Any]:
    row = _find(box, entry["out_order_no"])
    return {
        "order_id": row["order_id"] if row else "",
        "out_order_no": entry["out_order_no"],
        "out_return_no": entry["out_return_no"],
        "return_id": entry["return_id"],
        "return_mchid": entry["mchid"],
        "amount": entry["amount"],
        "description": json.loads(entry["body"])["description"],
        "result": entry["result"],
        "create_time": ids.rfc3339(entry["created_at"]),
        "finish_time": ids.rfc3339(entry["created_at"]),
    }
