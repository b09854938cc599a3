"""The life of an order once it exists: what state it is in, how it is paid, who hears of it."""

import json
from typing import Any

from shop.sandbox import callbacks, ids
from shop.sandbox.box import Box
from shop.sandbox.errors import ControlError
from shop.sandbox.store import Row

_STATES = {"NOTPAY": "订单未支付", "SUCCESS": "支付成功", "REFUND": "订单发生过退款", "CLOSED": "订单已关闭"}


def find(box: Box, out_trade_no: str) -> Row | None:
    return box.store.one("SELECT * FROM orders WHERE out_trade_no = ?", out_trade_no)


def state_of(box: Box, order: Row) -> str:
    """The trade_state now: an unpaid order is CLOSED once its time_expire has passed."""
    if order["state"] == "NOTPAY" and box.now() >= order["expires_at"]:
        return "CLOSED"
    if order["state"] == "SUCCESS":
        sql = "SELECT count(*) FROM refunds WHERE out_trade_no = ? AND status <> 'CLOSED'"
        if box.store.number(sql, order["out_trade_no"]):
            return "REFUND"
    return str(order["state"])


def view(box: Box, order: Row, *, state: str = "") -> dict[str, Any]:
    """The transaction object of queries and callbacks."""
    body = json.loads(order["body"])
    state = state or state_of(box, order)
    answer: dict[str, Any] = {
        "amount": {"currency": "CNY", "total": order["total"]},
        "appid": body["appid"],
        "mchid": body["mchid"],
        "out_trade_no": order["out_trade_no"],
        "promotion_detail": [],
        "trade_state": state,
        "trade_state_desc": _STATES[state],
    }
    if body.get("attach"):
        answer["attach"] = body["attach"]
    if device := body.get("scene_info", {}).get("device_id"):
        answer["scene_info"] = {"device_id": device}
    if order["transaction_id"]:
        answer["amount"] |= {"payer_currency": "CNY", "payer_total": order["total"]}
        answer |= {
            "bank_type": "OTHERS",
            "payer": {"openid": order["openid"]},
            "success_time": ids.rfc3339(order["paid_at"]),
            "trade_type": "JSAPI",
            "transaction_id": order["transaction_id"],
        }
    return answer


def pay(
    box: Box,
    out_trade_no: str,
    *,
    notify: str = "once",
    override: dict[str, Any] | None = None,
    copies: int = 1,
) -> tuple[Row, int]:
    """The shopper pays. Returns the paid order and the id of its notification.

    Raises ControlError: 404 unknown, 409 closed, expired or already paid. ``override`` (amount, mchid,
    tamper) falsifies the callback only; the payment itself and every query stay true.
    """
    order = find(box, out_trade_no)
    if order is None:
        raise ControlError(404, "ORDER_NOT_EXIST", "no such order")
    state = state_of(box, order)
    if state == "CLOSED":
        raise ControlError(409, "ORDER_CLOSED", "the order is closed or expired")
    if state != "NOTPAY":
        raise ControlError(409, "ORDER_PAID", "the order is already paid")
    now = box.now()
    fee = round_half_up(order["total"] * box.setting("fee_basis_points"), 10_000)
    transaction = ids.transaction_id(now)
    frozen = json.loads(order["body"]).get("settle_info", {}).get("profit_sharing", False)
    box.store.run(
        "UPDATE orders SET state = 'SUCCESS', transaction_id = ?, paid_at = ?, fee = ?, frozen = ?"
        " WHERE out_trade_no = ?",
        transaction, now, fee, int(bool(frozen)), out_trade_no,
    )  # fmt: skip
    box.touch_user(order["openid"])
    book(box, transaction, "交易", "收入", order["total"], out_trade_no, out_trade_no)
    if fee:
        book(box, transaction, "扣除交易手续费", "支出", fee, out_trade_no, out_trade_no)
    paid = order | {"state": "SUCCESS", "transaction_id": transaction, "paid_at": now, "fee": fee}
    return paid, _notify(box, paid, notify, override or {}, copies)


def check_notify(notify: str, override: dict[str, Any]) -> None:
    """Raises ControlError for a way of calling back that does not exist."""
    if set(override) - {"amount", "mchid", "tamper", "openid", "appid"}:
        raise ControlError(400, "BAD_OVERRIDE", "override takes amount, mchid, appid, openid, tamper")
    if notify not in callbacks.NOTIFY_MODES:
        raise ControlError(400, "BAD_NOTIFY", f"notify must be one of {callbacks.NOTIFY_MODES}")


def _notify(box: Box, order: Row, notify: str, override: dict[str, Any], copies: int) -> int:
    """Queue the TRANSACTION.SUCCESS callback, falsified as told."""
    check_notify(notify, override)
    resource = view(box, order, state="SUCCESS")
    if "amount" in override:
        resource["amount"] |= {"total": override["amount"], "payer_total": override["amount"]}
    resource |= {name: override[name] for name in ("mchid", "appid") if name in override}
    if "openid" in override:
        resource["payer"] = {"openid": override["openid"]}
    tamper = override.get("tamper") or ""
    return callbacks.queue(
        box,
        kind="pay",
        reference=order["out_trade_no"],
        url=json.loads(order["body"])["notify_url"],
        event_type="TRANSACTION.SUCCESS",
        body=resource,
        mode=notify,
        tamper="ciphertext" if tamper == "ciphertext" else "body" if tamper else "",
        copies=copies,
    )


def autopay(box: Box, out_trade_no: str) -> list[int]:
    """Apply a planned autopay to an order just prepaid; returns callbacks due before the answer."""
    plan = box.store.one("SELECT * FROM autopays WHERE remaining > 0 ORDER BY id LIMIT 1")
    if plan is None:
        return []
    box.store.run("UPDATE autopays SET remaining = remaining - 1 WHERE id = ?", plan["id"])
    body = json.loads(plan["body"])
    mode = body.get("notify", "before_answer")
    _, notification = pay(box, out_trade_no, notify=mode, override=body.get("override"))
    return [notification] if mode == "before_answer" else []


def book(box: Box, business_no: str, name: str, kind: str, amount: int, voucher: str, remark: str) -> None:
    """One line of the fund-flow bill; ``kind`` is 收入 or 支出, ``amount`` in fen."""
    store = box.store
    last = store.one("SELECT balance FROM flows ORDER BY id DESC LIMIT 1")
    balance = last["balance"] if last else box.setting("opening_balance")
    balance += amount if kind == "收入" else -amount
    store.insert(
        "flows",
        at=box.now(),
        business_no=business_no,
        name=name,
        kind=kind,
        amount=amount,
        balance=balance,
        remark=remark,
        voucher=voucher,
    )


def round_half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
