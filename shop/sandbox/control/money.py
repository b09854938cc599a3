"""What the shopper does with money, and what WeChat decides: pay, refund outcomes, transfers."""

import json
import time
from typing import Any

from shop.sandbox import crypto
from shop.sandbox.box import Box
from shop.sandbox.control.gate import Done, Order
from shop.sandbox.errors import ControlError
from shop.sandbox.pay import orders, payments, refunds, transfers
from shop.sandbox.store import Row

_PAY_FIELDS = {"wechat", "notify", "override", "copies"}


def pay(box: Box, order: Order) -> Done:
    """{wechat, notify?, override?, copies?}: check what wx.requestPayment was given, pay, call back."""
    if set(order.body) - _PAY_FIELDS:
        raise ControlError(400, "BAD_REQUEST", f"unknown fields {sorted(set(order.body) - _PAY_FIELDS)}")
    return _pay(box, _prepaid(box, order.body.get("wechat")), order)


def pay_order(box: Box, order: Order) -> Done:
    """The page's button: pay the latest prepay of this order without a client in between."""
    number = order.path["out_trade_no"]
    sql = "SELECT * FROM prepays WHERE out_trade_no = ? ORDER BY created_at DESC LIMIT 1"
    prepay = box.store.one(sql, number)
    if prepay is None:
        raise ControlError(404, "NO_PREPAY", "no prepay for this order")
    _check_prepay(box, prepay)
    return _pay(box, number, order)


def _pay(box: Box, number: str, order: Order) -> Done:
    notify, override = order.text("notify", "once"), order.body.get("override") or {}
    if not isinstance(override, dict):
        raise ControlError(400, "BAD_OVERRIDE", "override must be an object")
    copies = order.whole("copies", 1)
    paid, notification = payments.pay(box, number, notify=notify, override=override, copies=copies)
    body = {
        "errMsg": "requestPayment:ok",
        "out_trade_no": number,
        "transaction_id": paid["transaction_id"],
        "notification": notification,
    }
    return Done(body, first=[notification] if notify == "before_answer" else [])


def cancel(box: Box, order: Order) -> dict[str, Any]:
    """The shopper closes the cashier: WeChat changes nothing."""
    return {"errMsg": "requestPayment:fail cancel", "out_trade_no": _prepaid(box, order.body.get("wechat"))}


def _prepaid(box: Box, wechat: Any) -> str:
    """Check the five parameters as the WeChat client does; returns the out_trade_no."""
    names = ("timeStamp", "nonceStr", "package", "signType", "paySign")
    if not isinstance(wechat, dict) or any(not isinstance(wechat.get(name), str) for name in names):
        raise ControlError(400, "BAD_PARAMETERS", f"wechat needs the strings {', '.join(names)}")
    if wechat["signType"] != "RSA" or not wechat["package"].startswith("prepay_id="):
        raise ControlError(400, "BAD_PARAMETERS", "signType must be RSA, package prepay_id=...")
    if not wechat["timeStamp"].isdigit() or abs(time.time() - int(wechat["timeStamp"])) > 86400:
        raise ControlError(400, "BAD_PARAMETERS", "timeStamp must be unix seconds of today")
    message = crypto.join_lines(
        box.identity.appid, wechat["timeStamp"], wechat["nonceStr"], wechat["package"]
    )
    if not crypto.verify(box.identity.merchant_public, message, wechat["paySign"]):
        raise ControlError(400, "PAY_SIGN_INVALID", "支付验证签名失败")
    prepay_id = wechat["package"].removeprefix("prepay_id=")
    prepay = box.store.one("SELECT * FROM prepays WHERE prepay_id = ?", prepay_id)
    if prepay is None:
        raise ControlError(404, "NO_PREPAY", "unknown prepay_id")
    _check_prepay(box, prepay)
    return str(prepay["out_trade_no"])


def _check_prepay(box: Box, prepay: Row) -> None:
    order = payments.find(box, prepay["out_trade_no"])
    if order is not None and payments.state_of(box, order) == "CLOSED":
        raise ControlError(409, "ORDER_CLOSED", "the order is closed or expired")
    if box.now() - prepay["created_at"] > orders.PREPAY_SECONDS:
        raise ControlError(409, "PREPAY_EXPIRED", "the prepay_id is older than two hours")


def plan_autopay(box: Box, order: Order) -> dict[str, Any]:
    """{notify?, override?, times?}: the next prepays are paid and called back before their answer."""
    notify, override = order.text("notify", "before_answer"), order.body.get("override") or {}
    if not isinstance(override, dict):
        raise ControlError(400, "BAD_OVERRIDE", "override must be an object")
    payments.check_notify(notify, override)
    body = {"notify": notify, "override": override}
    box.store.insert("autopays", body=json.dumps(body), remaining=order.whole("times", 1))
    return {"autopay": body}


def refund_outcome(box: Box, order: Order) -> dict[str, Any]:
    """{outcome}: settle this refund now, or plan how it will end if it does not exist yet."""
    number, outcome = order.path["out_refund_no"], order.text("outcome")
    if outcome not in (*refunds.OUTCOMES, "HOLD"):
        raise ControlError(400, "BAD_REQUEST", f"outcome must be one of {refunds.OUTCOMES} or HOLD")
    box.store.run(
        "INSERT OR REPLACE INTO refund_rules (out_refund_no, outcome) VALUES (?, ?)", number, outcome
    )
    refund = refunds.find(box, number)
    if refund is None:
        return {"out_refund_no": number, "planned": outcome}
    if refund["status"] not in ("PROCESSING", "ABNORMAL"):
        raise ControlError(409, "REFUND_FINAL", f"the refund is already {refund['status']}")
    if outcome == "HOLD":
        box.store.run("UPDATE refunds SET due_at = NULL WHERE out_refund_no = ?", number)
        return {"out_refund_no": number, "status": refund["status"]}
    notification = refunds.settle(box, refund, outcome)
    return {"out_refund_no": number, "status": outcome, "notification": notification}


def move_transfer(box: Box, order: Order) -> dict[str, Any]:
    """confirm, cancel, fail {reason?} or expire a transfer that waits for its user."""
    transfer = transfers.find(box, order.path["out_bill_no"])
    if transfer is None:
        raise ControlError(404, "NO_TRANSFER", "no such transfer")
    if transfer["state"] in transfers.FINAL:
        raise ControlError(409, "TRANSFER_FINAL", f"the transfer is already {transfer['state']}")
    action = order.path["action"]
    if action == "confirm":
        if transfer["state"] != "WAIT_USER_CONFIRM":
            raise ControlError(409, "NOT_WAITING", f"the transfer is {transfer['state']}")
        due = box.now() + box.setting("transfer_delay_seconds")
        moved = transfers.move(box, transfer, "TRANSFERING", next_state="SUCCESS", due_at=due)
    elif action == "cancel":
        moved = transfers.move(box, transfer, "CANCELLED")
    elif action in ("fail", "expire"):
        reason = order.text("reason", "OVERDUE_CLOSE" if action == "expire" else "ACCOUNT_FROZEN")
        moved = transfers.move(box, transfer, "FAIL", reason=reason)
    else:
        raise ControlError(404, "NO_SUCH_ACTION", "confirm, cancel, fail or expire")
    return {"out_bill_no": transfer["out_bill_no"], "state": moved["state"]}


def listing(box: Box, _order: Order) -> dict[str, Any]:
    rows = box.store.all("SELECT * FROM orders ORDER BY created_at DESC LIMIT 500")
    return {"results": [payments.view(box, row) | {"openid": row["openid"]} for row in rows]}


def refund_listing(box: Box, _order: Order) -> dict[str, Any]:
    rows = box.store.all("SELECT * FROM refunds ORDER BY created_at DESC LIMIT 500")
    return {"results": [refunds.view(box, row) for row in rows]}


def transfer_listing(box: Box, _order: Order) -> dict[str, Any]:
    rows = box.store.all("SELECT * FROM transfers ORDER BY created_at DESC LIMIT 500")
    return {"results": [transfers.view(box, row) | {"package_info": row["package_info"]} for row in rows]}
