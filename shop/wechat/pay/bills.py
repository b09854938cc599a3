"""Reading WeChat's bills: CSV rows by header name, yuan to fen by Decimal, never by float.

Format (trade bill and fund flow): UTF-8, often with BOM; a header row; data rows whose every value starts
with a backtick (values may contain commas, so rows are split at ``,`` + backtick); then a summary header
and one summary row. The number of rows is checked against the summary: a truncated file is an error, not a
short day.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from typing import Generic, TypeVar

from shop.core.clock import BEIJING

Row = TypeVar("Row")
_MARK = "`"
_TRADE_COUNT = "总交易单数"
_FLOW_COUNT = "资金流水总笔数"


class BillFormatError(Exception):
    """The file is not a bill as documented; names the line and the column, never a value."""


@dataclass(frozen=True)
class TradeRow:
    """One payment or refund of a trade bill; amounts in fen, absent columns 0 or empty.

    ``total`` is the order's amount, ``settled`` what WeChat settles after its coupons. Refund columns are
    filled on refund rows only. ``fee`` may be negative on refunds.
    """

    time: datetime
    appid: str
    mchid: str
    transaction_id: str
    out_trade_no: str
    openid: str
    trade_type: str
    trade_state: str
    bank_type: str
    currency: str
    settled: int
    coupon: int
    refund_id: str
    out_refund_no: str
    refund: int
    refund_coupon: int
    refund_type: str
    refund_status: str
    description: str
    attach: str
    fee: int
    rate: str
    total: int
    refund_requested: int
    refund_requested_at: datetime | None
    refund_success_at: datetime | None

    @property
    def is_refund(self) -> bool:
        """Whether this row is about a refund."""
        return self.out_refund_no not in ("", "0")


@dataclass(frozen=True)
class TradeSummary:
    """The last line of a trade bill, in fen."""

    count: int
    settled: int
    refund: int
    refund_coupon: int
    fee: int
    total: int
    refund_requested: int


@dataclass(frozen=True)
class FundFlowRow:
    """One movement of the merchant's money; ``income`` tells its direction, ``amount`` is never negative."""

    time: datetime
    pay_number: str
    flow_number: str
    business_name: str
    business_type: str
    income: bool
    amount: int
    balance: int
    submitter: str
    remark: str
    voucher: str


@dataclass(frozen=True)
class FundFlowSummary:
    """The last line of a fund flow, in fen."""

    count: int
    income_count: int
    income: int
    expense_count: int
    expense: int


class _Line:
    """One row by column name."""

    def __init__(self, number: int, values: Mapping[str, str]) -> None:
        self._number, self._values = number, values

    def text(self, name: str) -> str:
        return self._values.get(name, "")

    def required(self, name: str) -> str:
        if not self._values.get(name):
            raise self._wrong(name)
        return self._values[name]

    def fen(self, name: str, *, exact: bool = True) -> int:
        """Yuan text to fen. ``exact=False`` rounds half up: the fee column carries five decimals."""
        text = self._values.get(name) or "0"
        try:
            amount = Decimal(text) * 100
            whole = amount.quantize(Decimal(1), ROUND_HALF_UP)
        except InvalidOperation:
            raise self._wrong(name) from None
        if exact and amount != whole:
            raise self._wrong(name)
        return int(whole)

    def count(self, name: str) -> int:
        """A whole number, which WeChat may write as ``45.0``."""
        try:
            return int(Decimal(self.required(name)))
        except (InvalidOperation, ValueError, OverflowError):
            raise self._wrong(name) from None

    def time(self, name: str) -> datetime:
        moment = self.optional_time(name)
        if moment is None:
            raise self._wrong(name)
        return moment

    def optional_time(self, name: str) -> datetime | None:
        text = self._values.get(name, "")
        if not text:
            return None
        try:
            return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
        except ValueError:
            raise self._wrong(name) from None

    def _wrong(self, name: str) -> BillFormatError:
        return BillFormatError(f"line {self._number}: column {name}")


Summary = TypeVar("Summary")


class Bill(Generic[Row, Summary]):
    """A bill file. Iterate once; ``summary`` is there when the iteration has ended without an error."""

    def __init__(
        self,
        path: Path,
        *,
        row: Callable[[_Line], Row],
        summary: Callable[[_Line], Summary],
        count_column: str,
    ) -> None:
        self._path, self._row, self._summary, self._count_column = path, row, summary, count_column
        self.summary: Summary | None = None
        self.rows = 0

    def __iter__(self) -> Iterator[Row]:
        """Yield the data rows; raises BillFormatError, at the end also when rows are missing."""
        self.rows, self.summary = 0, None
        with self._path.open(encoding="utf-8-sig", newline="") as file:
            lines = enumerate((line.rstrip("\r\n") for line in file), start=1)
            header: list[str] = []
            for number, text in lines:
                if not text.strip():
                    continue
                if not text.startswith(_MARK):
                    header = [name.strip() for name in text.split(",")]
                    continue
                line = _Line(number, _by_name(number, header, text))
                if self._count_column in header:
                    self._finish(line)
                    return
                self.rows += 1
                yield self._row(line)
        raise BillFormatError("the summary is missing")

    def _finish(self, line: _Line) -> None:
        announced = line.count(self._count_column)
        if announced != self.rows:
            raise BillFormatError(f"{self.rows} rows, the summary says {announced}")
        self.summary = self._summary(line)


def read_trade_bill(path: Path) -> Bill[TradeRow, TradeSummary]:
    """A trade bill of any type (ALL, SUCCESS, REFUND): columns are found by name."""
    return Bill(path, row=_trade_row, summary=_trade_summary, count_column=_TRADE_COUNT)


def read_fund_flow_bill(path: Path) -> Bill[FundFlowRow, FundFlowSummary]:
    """A fund flow bill of any account type."""
    return Bill(path, row=_flow_row, summary=_flow_summary, count_column=_FLOW_COUNT)


def _by_name(number: int, header: list[str], text: str) -> dict[str, str]:
    values = [value.strip() for value in text.removeprefix(_MARK).split("," + _MARK)]
    if len(values) != len(header):
        raise BillFormatError(f"line {number}: {len(values)} values for {len(header)} columns")
    return dict(zip(header, values, strict=True))


def _trade_row(line: _Line) -> TradeRow:
    return TradeRow(
        time=line.time("交易时间"),
        appid=line.text("公众账号ID"),
        mchid=line.required("商户号"),
        transaction_id=line.required("微信订单号"),
        out_trade_no=line.required("商户订单号"),
        openid=line.text("用户标识"),
        trade_type=line.text("交易类型"),
        trade_state=line.required("交易状态"),
        bank_type=line.text("付款银行"),
        currency=line.text("货币种类"),
        settled=line.fen("应结订单金额"),
        coupon=line.fen("代金券金额"),
        refund_id=line.text("微信退款单号"),
        out_refund_no=line.text("商户退款单号"),
        refund=line.fen("退款金额"),
        refund_coupon=line.fen("充值券退款金额"),
        refund_type=line.text("退款类型"),
        refund_status=line.text("退款状态"),
        description=line.text("商品名称"),
        attach=line.text("商户数据包"),
        fee=line.fen("手续费", exact=False),
        rate=line.text("费率"),
        total=line.fen("订单金额"),
        refund_requested=line.fen("申请退款金额"),
        refund_requested_at=line.optional_time("退款申请时间"),
        refund_success_at=line.optional_time("退款成功时间"),
    )


def _trade_summary(line: _Line) -> TradeSummary:
    return TradeSummary(
        count=line.count(_TRADE_COUNT),
        settled=line.fen("应结订单总金额"),
        refund=line.fen("退款总金额"),
        refund_coupon=line.fen("充值券退款总金额"),
        fee=line.fen("手续费总金额", exact=False),
        total=line.fen("订单总金额"),
        refund_requested=line.fen("申请退款总金额"),
    )


def _flow_row(line: _Line) -> FundFlowRow:
    return FundFlowRow(
        time=line.time("记账时间"),
        pay_number=line.text("微信支付业务单号"),
        flow_number=line.required("资金流水单号"),
        business_name=line.text("业务名称"),
        business_type=line.text("业务类型"),
        income=line.required("收支类型") == "收入",
        amount=line.fen("收支金额(元)"),
        balance=line.fen("账户结余(元)"),
        submitter=line.text("资金变更提交申请人"),
        remark=line.text("备注"),
        voucher=line.text("业务凭证号"),
    )


def _flow_summary(line: _Line) -> FundFlowSummary:
    return FundFlowSummary(
        count=line.count(_FLOW_COUNT),
        income_count=line.count("收入笔数"),
        income=line.fen("收入金额"),
        expense_count=line.count("支出笔数"),
        expense=line.fen("支出金额"),
    )
