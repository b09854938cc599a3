"""Bills on order, receipts, and the lists of what was sent to shoppers."""

import json
from typing import Any

from shop.sandbox import ids
from shop.sandbox.box import Box
from shop.sandbox.control.gate import Order
from shop.sandbox.errors import ControlError, MiniError
from shop.sandbox.events import queue_event
from shop.sandbox.mini import shipping
from shop.sandbox.pay import bill_rows


def plan_bill(box: Box, order: Order) -> dict[str, Any]:
    """{differences?: [{kind, amount?, out_trade_no?, out_refund_no?}]}: make the day's bill ready at once.

    Even today's. ``amount`` is in fen: what is added to the true figure, or the whole of an extra trade.
    Planning again replaces; without differences the bill tells the truth.
    """
    date, differences = order.path["date"], order.body.get("differences") or []
    try:
        bill_rows.bounds(date)
    except ValueError as error:
        raise ControlError(400, "BAD_DATE", "the date must be YYYY-MM-DD") from error
    if not isinstance(differences, list) or not all(isinstance(item, dict) for item in differences):
        raise ControlError(400, "BAD_DIFFERENCE", "differences must be a list of objects")
    differences = [bill_rows.fixed(box, date, difference) for difference in differences]
    box.store.run(
        "INSERT OR REPLACE INTO bill_plans (date, differences) VALUES (?, ?)", date, json.dumps(differences)
    )
    rows = bill_rows.trade_rows(box, date)
    kinds = [row["交易状态"] for row in rows]
    counts = {"payments": kinds.count("SUCCESS"), "refunds": kinds.count("REFUND")}
    return {"date": date, **counts, "differences": differences}


def receive(box: Box, order: Order) -> dict[str, Any]:
    """{settle?: bool}: the shopper confirms receipt; WeChat pushes trade_manage_order_settlement."""
    row = box.store.one("SELECT * FROM orders WHERE transaction_id = ?", order.path["transaction_id"])
    if row is None:
        raise ControlError(404, "NO_ORDER", "no such transaction")
    state = shipping.FINISHED if order.body.get("settle") else shipping.RECEIVED
    try:
        shipping.receive(box, row, state)
    except MiniError as error:
        raise ControlError(409, "NOT_SHIPPED", error.errmsg) from error
    now = int(box.now())
    fields = {
        "transaction_id": row["transaction_id"],
        "merchant_id": box.identity.mchid,
        "sub_merchant_id": "",
        "merchant_trade_no": row["out_trade_no"],
        "pay_time": int(row["paid_at"]),
        "shipped_time": now,
        "estimated_settlement_time": now,
        "confirm_receive_method": 2,
        "confirm_receive_time": now,
        "settlement_time": now if state == shipping.FINISHED else 0,
    }
    notification = queue_event(
        box, "trade_manage_order_settlement", row["openid"], fields, reference=row["transaction_id"]
    )
    return {"order_state": state, "notification": notification}


def messages(box: Box, order: Order) -> dict[str, Any]:
    """Subscribe messages that reached shoppers, newest first; ``openid`` narrows."""
    openid = order.query.get("openid")
    where, values = ("WHERE openid = ?", (openid,)) if openid else ("", ())
    rows = box.store.all(
        f"SELECT * FROM messages {where} ORDER BY id DESC LIMIT 500",  # noqa: S608
        *values,
    )
    return {
        "results": [row | {"body": json.loads(row["body"]), "at": ids.rfc3339(row["at"])} for row in rows]
    }


def pushes(box: Box, _order: Order) -> dict[str, Any]:
    rows = box.store.all("SELECT * FROM notifications WHERE kind = 'push' ORDER BY id DESC LIMIT 500")
    return {"results": [row | {"body": json.loads(row["body"])} for row in rows]}


def links(box: Box, _order: Order) -> dict[str, Any]:
    rows = box.store.all("SELECT * FROM links ORDER BY at DESC LIMIT 500")
    return {"results": [row | {"body": json.loads(row["body"])} for row in rows]}
