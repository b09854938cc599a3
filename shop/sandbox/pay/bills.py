"""Bills: apply for one, download it. Source: WeChat Pay APIv3, trade bill, fund-flow bill, download."""

import gzip
import hashlib
import json
import secrets

from shop.sandbox import ids
from shop.sandbox.box import Box
from shop.sandbox.errors import PayError, invalid_request, missing, param_error
from shop.sandbox.pay import bill_rows
from shop.sandbox.pay.bill_rows import BillRow, fen, yuan
from shop.sandbox.pay.gate import Answer, Call

DOWNLOAD_SECONDS = 30
KEPT_DAYS = 93
_BOM = "\ufeff"
_SPLIT_COLUMNS = [
    "分账时间", "分账发起方", "微信订单号", "微信分账/回退单号", "商户分账/回退单号", "分账接收方",
    "分账金额", "业务类型", "处理状态",
]  # fmt: skip
_TRADE_SUMMARY = [
    "总交易单数", "应结订单总金额", "退款总金额", "充值券退款总金额", "手续费总金额", "订单总金额",
    "申请退款总金额",
]  # fmt: skip


def trade_bill(box: Box, call: Call) -> Answer:
    """tradebill: ALL, SUCCESS or REFUND of one day."""
    kind = call.query.get("bill_type", "ALL")
    if kind not in bill_rows.COLUMNS:
        raise param_error("bill_type", "须为ALL、SUCCESS或REFUND", value=kind, location="query")
    date = _checked_date(box, call)
    rows = bill_rows.trade_rows(box, date)
    if kind != "ALL":
        rows = [row for row in rows if row["交易状态"] == kind]
    return _offer(box, call, _csv(bill_rows.COLUMNS[kind], rows, *_trade_summary(rows)), bool(rows))


def fund_flow_bill(box: Box, call: Call) -> Answer:
    """fundflowbill: the account's movements of one day; only the BASIC account is used here."""
    account = call.query.get("account_type", "BASIC")
    if account not in ("BASIC", "OPERATION", "FEES"):
        raise param_error("account_type", "须为BASIC、OPERATION或FEES", value=account, location="query")
    date = _checked_date(box, call)
    rows = bill_rows.flow_rows(box, date) if account == "BASIC" else []
    return _offer(box, call, _csv(bill_rows.FLOW_COLUMNS, rows, *_flow_summary(rows)), bool(rows))


def split_bill(box: Box, call: Call) -> Answer:
    """profitsharing/bills: one line per receiver of the day."""
    date = _checked_date(box, call)
    start, end = bill_rows.bounds(date)
    rows = []
    for row in box.store.all("SELECT * FROM splits WHERE created_at >= ? AND created_at < ?", start, end):
        for receiver in json.loads(row["receivers"]):
            values = (
                ids.bill_time(row["created_at"]), box.identity.mchid, row["transaction_id"], row["order_id"],
                row["out_order_no"], receiver["account"], yuan(receiver["amount"]), "分账",
                receiver["result"],
            )  # fmt: skip
            rows.append(dict(zip(_SPLIT_COLUMNS, values, strict=True)))
    total = sum(fen(row["分账金额"]) for row in rows)
    content = _csv(_SPLIT_COLUMNS, rows, ["总条数", "分账总金额"], [str(len(rows)), yuan(total)])
    return _offer(box, call, content, bool(rows))


def download(box: Box, call: Call) -> Answer:
    """billdownload/file: the file itself, unsigned, for half a minute after it was applied for."""
    row = box.store.one("SELECT * FROM bill_files WHERE token = ?", call.param("token"))
    if row is None or box.now() - row["created_at"] > DOWNLOAD_SECONDS:
        raise missing("RESOURCE_NOT_EXISTS", "下载地址已失效，请重新申请账单")
    return Answer({}, content=gzip.compress(row["content"]) if row["gzip"] else row["content"])


def _checked_date(box: Box, call: Call) -> str:
    """The date, if its bill exists by now; a bill planned by the control plane is always ready."""
    date = call.param("bill_date")
    try:
        _, end = bill_rows.bounds(date)
    except ValueError as error:
        raise param_error("bill_date", "格式须为YYYY-MM-DD", value=date, location="query") from error
    if call.query.get("tar_type", "GZIP") != "GZIP":
        raise param_error("tar_type", "须为GZIP", location="query")
    if box.store.one("SELECT 1 FROM bill_plans WHERE date = ?", date):
        return date
    now = box.now()
    if now < end:
        raise invalid_request("账单日期须早于今天")
    if now < end + box.setting("bill_ready_hour") * 3600:
        raise PayError(400, "STATEMENT_CREATING", "账单生成中，请稍后再试")
    if now - end > KEPT_DAYS * 86400:
        raise PayError(400, "NO_STATEMENT_EXIST", "账单文件不存在")
    return date


def _offer(box: Box, call: Call, content: str, has_rows: bool) -> Answer:
    if not has_rows:
        raise PayError(400, "NO_STATEMENT_EXIST", "账单文件不存在")
    data, token = content.encode(), secrets.token_urlsafe(48)
    zipped = call.query.get("tar_type") == "GZIP"
    box.store.run("DELETE FROM bill_files WHERE created_at < ?", box.now() - DOWNLOAD_SECONDS)
    box.store.insert("bill_files", token=token, content=data, gzip=int(zipped), created_at=box.now())
    url = f"{box.identity.base_url}/v3/billdownload/file?token={token}" + ("&tartype=gzip" if zipped else "")
    digest = hashlib.sha1(data).hexdigest()  # noqa: S324
    return Answer({"hash_type": "SHA1", "hash_value": digest, "download_url": url})


def _csv(columns: list[str], rows: list[BillRow], names: list[str], totals: list[str]) -> str:
    """BOM, CRLF, header, a backtick before every value, and a summary of one row."""
    lines = [",".join(columns)]
    lines += [",".join(f"`{_clean(row[column])}" for column in columns) for row in rows]
    lines += [",".join(names), ",".join(f"`{total}" for total in totals)]
    return _BOM + "\r\n".join(lines) + "\r\n"


def _clean(value: str) -> str:
    """Separators inside a value would break the file; WeChat leaves them out as well."""
    return value.replace(",", " ").replace("\r", " ").replace("\n", " ")


def _trade_summary(rows: list[BillRow]) -> tuple[list[str], list[str]]:
    columns = ("应结订单金额", "退款金额", "充值券退款金额", "手续费", "订单金额", "申请退款金额")
    totals = [yuan(sum(fen(row[column]) for row in rows)) for column in columns]
    totals[3] += "000"
    return _TRADE_SUMMARY, [str(len(rows)), *totals]


def _flow_summary(rows: list[BillRow]) -> tuple[list[str], list[str]]:
    names = ["资金流水总笔数", "收入笔数", "收入金额", "支出笔数", "支出金额"]
    values = [str(len(rows))]
    for kind in ("收入", "支出"):
        chosen = [row for row in rows if row["收支类型"] == kind]
        values += [str(len(chosen)), yuan(sum(fen(row["收支金额(元)"]) for row in chosen))]
    return names, values
