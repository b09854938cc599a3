"""What happened on a day, as rows of WeChat's bills; and differences planted on order.

Columns and formats: the trade-bill and fund-flow-bill pages (compare wechatpay-php's fixture).
Money is in yuan with two decimals, fees with five, times are Beijing times.
"""

import datetime
import json
from typing import Any, Final

from shop.sandbox import ids
from shop.sandbox.box import Box
from shop.sandbox.errors import ControlError

BillRow = dict[str, str]

_TRADE: Final = [
    "交易时间", "公众账号ID", "商户号", "特约商户号", "设备号", "微信订单号", "商户订单号", "用户标识",
    "交易类型", "交易状态", "付款银行", "货币种类", "应结订单金额", "代金券金额",
]  # fmt: skip
_TIMES: Final = ["退款申请时间", "退款成功时间"]
_REFUND: Final = ["微信退款单号", "商户退款单号", "退款金额", "充值券退款金额", "退款类型", "退款状态"]
_TAIL: Final = ["商品名称", "商户数据包", "手续费", "费率", "订单金额"]
COLUMNS: Final = {
    "ALL": [*_TRADE, *_REFUND, *_TAIL, "申请退款金额", "费率备注"],
    "SUCCESS": [*_TRADE, *_TAIL, "费率备注"],
    "REFUND": [*_TRADE, *_TIMES, *_REFUND, *_TAIL, "申请退款金额", "费率备注"],
}
FLOW_COLUMNS: Final = [
    "记账时间", "微信支付业务单号", "资金流水单号", "业务名称", "业务类型", "收支类型", "收支金额(元)",
    "账户结余(元)", "资金变更提交申请人", "备注", "业务凭证号",
]  # fmt: skip
DIFFERENCES: Final = (
    "missing_payment", "extra_payment", "payment_amount", "fee",
    "missing_refund", "extra_refund", "refund_amount",
)  # fmt: skip


def yuan(fen: int) -> str:
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def fen(text: str) -> int:
    """The fen of a bill amount with any number of decimals (fees have five)."""
    whole, _, part = text.lstrip("-").partition(".")
    value = int(whole) * 100 + int((part + "00")[:2])
    return -value if text.startswith("-") else value


def bounds(date: str) -> tuple[float, float]:
    """First and last moment of a Beijing day."""
    start = datetime.datetime.fromisoformat(date).replace(tzinfo=ids.BEIJING).timestamp()
    return start, start + 86400


def trade_rows(box: Box, date: str) -> list[BillRow]:
    """Every payment and accepted refund of the day, with what was planted for it."""
    rows = true_rows(box, date)
    plan = box.store.one("SELECT differences FROM bill_plans WHERE date = ?", date)
    for difference in json.loads(plan["differences"]) if plan else []:
        _plant(box, date, rows, difference)
    return rows


def true_rows(box: Box, date: str) -> list[BillRow]:
    return sorted(_payments(box, date) + _refunds(box, date), key=lambda row: row["交易时间"])


def _payments(box: Box, date: str) -> list[BillRow]:
    sql = "SELECT * FROM orders WHERE paid_at >= ? AND paid_at < ?"
    return [
        _row(box, order, ids.bill_time(order["paid_at"]))
        | {
            "交易状态": "SUCCESS",
            "应结订单金额": yuan(order["total"]),
            "订单金额": yuan(order["total"]),
            "手续费": yuan(order["fee"]) + "000",
        }
        for order in box.store.all(sql, *bounds(date))
    ]


def _refunds(box: Box, date: str) -> list[BillRow]:
    rows = []
    for refund in box.store.all(
        "SELECT * FROM refunds WHERE created_at >= ? AND created_at < ? AND status <> 'CLOSED'", *bounds(date)
    ):
        order = box.store.one("SELECT * FROM orders WHERE out_trade_no = ?", refund["out_trade_no"]) or {}
        success = refund["success_at"]
        row = _row(box, order, ids.bill_time(refund["created_at"])) | {
            "交易状态": "REFUND",
            "退款申请时间": ids.bill_time(refund["created_at"]),
            "退款成功时间": ids.bill_time(success) if success else "",
            "微信退款单号": refund["refund_id"],
            "商户退款单号": refund["out_refund_no"],
            "退款金额": yuan(refund["amount"]),
            "退款类型": refund["channel"],
            "退款状态": refund["status"],
            "手续费": yuan(-refund["fee"]) + "000",
            "申请退款金额": yuan(refund["amount"]),
        }
        rows.append(row)
    return rows


def _row(box: Box, order: dict[str, Any], moment: str) -> BillRow:
    """A row with every column of any bill type, zeros where nothing applies."""
    body = json.loads(order["body"])
    points = box.setting("fee_basis_points")
    return {
        "交易时间": moment,
        "公众账号ID": body["appid"],
        "商户号": body["mchid"],
        "特约商户号": "0",
        "设备号": body.get("scene_info", {}).get("device_id", ""),
        "微信订单号": order["transaction_id"],
        "商户订单号": order["out_trade_no"],
        "用户标识": order["openid"],
        "交易类型": "JSAPI",
        "付款银行": "OTHERS",
        "货币种类": "CNY",
        "应结订单金额": "0.00",
        "代金券金额": "0.00",
        "退款申请时间": "",
        "退款成功时间": "",
        "微信退款单号": "0",
        "商户退款单号": "0",
        "退款金额": "0.00",
        "充值券退款金额": "0.00",
        "退款类型": "",
        "退款状态": "",
        "商品名称": body["description"],
        "商户数据包": body.get("attach", ""),
        "手续费": "0.00000",
        "费率": f"{points // 100}.{points % 100:02d}%",
        "订单金额": "0.00",
        "申请退款金额": "0.00",
        "费率备注": "",
    }


def fixed(box: Box, date: str, difference: dict[str, Any]) -> dict[str, Any]:
    """The difference with the row it is about written into it, so that every download says the same.

    Raises ControlError when its kind is unknown or the day has no such row.
    """
    kind = difference.get("kind")
    if kind not in DIFFERENCES:
        raise ControlError(400, "BAD_DIFFERENCE", f"kind must be one of {DIFFERENCES}")
    if kind in ("extra_payment", "extra_refund"):
        moment = bounds(date)[0] + 12 * 3600
        return {
            "transaction_id": ids.transaction_id(moment),
            "out_trade_no": "UNKNOWN" + ids.digits(16),
            "openid": ids.openid(),
            "refund_id": ids.refund_id(moment),
            "out_refund_no": "UNKNOWN" + ids.digits(16),
        } | difference
    row = _target(true_rows(box, date), difference)
    if row is None:
        raise ControlError(409, "NO_SUCH_ROW", f"the bill of {date} has no row for {difference}")
    column, number = _key(difference)
    return difference | {number: row[column]}


def _plant(box: Box, date: str, rows: list[BillRow], difference: dict[str, Any]) -> None:
    """Change ``rows`` as planned."""
    kind, amount = difference["kind"], int(difference.get("amount", 1))
    if kind in ("extra_payment", "extra_refund"):
        rows.append(_extra(box, date, difference, amount))
        return
    row = _target(rows, difference)
    if row is None:
        return
    if kind.startswith("missing"):
        rows.remove(row)
    elif kind == "fee":
        row["手续费"] = yuan(fen(row["手续费"]) + amount) + "000"
    elif kind == "payment_amount":
        row["应结订单金额"] = row["订单金额"] = yuan(fen(row["订单金额"]) + amount)
    else:
        row["退款金额"] = row["申请退款金额"] = yuan(fen(row["退款金额"]) + amount)


def _key(difference: dict[str, Any]) -> tuple[str, str]:
    """The column that names the row, and the field of the difference that holds it."""
    if "refund" in difference["kind"]:
        return "商户退款单号", "out_refund_no"
    return "商户订单号", "out_trade_no"


def _target(rows: list[BillRow], difference: dict[str, Any]) -> BillRow | None:
    """The row a difference is about: by its number, else the first of its type."""
    column, number = _key(difference)
    wanted = "REFUND" if number == "out_refund_no" else "SUCCESS"
    for row in rows:
        if row["交易状态"] == wanted and difference.get(number) in (None, row[column]):
            return row
    return None


def _extra(box: Box, date: str, difference: dict[str, Any], amount: int) -> BillRow:
    """A trade that the merchant never made."""
    stamp = ids.bill_time(bounds(date)[0] + 12 * 3600)
    body = {"appid": box.identity.appid, "mchid": box.identity.mchid, "description": "未知交易"}
    row = _row(box, difference | {"body": json.dumps(body)}, stamp)
    if difference["kind"] == "extra_payment":
        return row | {"交易状态": "SUCCESS", "应结订单金额": yuan(amount), "订单金额": yuan(amount)}
    return row | {
        "交易状态": "REFUND",
        "微信退款单号": difference["refund_id"],
        "商户退款单号": difference["out_refund_no"],
        "退款金额": yuan(amount),
        "申请退款金额": yuan(amount),
        "退款类型": "ORIGINAL",
        "退款状态": "SUCCESS",
        "退款申请时间": stamp,
        "退款成功时间": stamp,
    }


def flow_rows(box: Box, date: str) -> list[BillRow]:
    rows = box.store.all("SELECT * FROM flows WHERE at >= ? AND at < ? ORDER BY id", *bounds(date))
    return [
        {
            "记账时间": ids.bill_time(row["at"]),
            "微信支付业务单号": row["business_no"],
            "资金流水单号": f"10{row['id']:018d}",
            "业务名称": row["name"],
            "业务类型": row["name"],
            "收支类型": row["kind"],
            "收支金额(元)": yuan(row["amount"]),
            "账户结余(元)": yuan(row["balance"]),
            "资金变更提交申请人": "system",
            "备注": row["remark"],
            "业务凭证号": row["voucher"],
        }
        for row in rows
    ]
