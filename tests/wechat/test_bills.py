"""Bills from the sandbox: announced, downloaded, hashed, read; and every way the file can be wrong."""

import gzip
import hashlib
import zlib
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shop.wechat.outcomes import Refused, Success, Unknown, UnknownReason
from shop.wechat.pay import bills, downloads
from shop.wechat.pay.bills import BillFormatError
from shop.wechat.pay.client import pay_client
from tests.sandbox_process import SandboxProcess
from tests.wechat.support import paid_order


@pytest.fixture
def yesterday(sandbox: SandboxProcess) -> Any:
    """A day with a paid order, whose bill is ready: the sandbox's clock moves on by a day and a half."""
    now = sandbox.post("/clock", {})["now"]
    order = paid_order(sandbox, sandbox.create_user()["openid"])
    sandbox.advance(timedelta(days=2).total_seconds())
    return order, datetime.fromisoformat(now).date()


def test_trade_bill(sandbox: SandboxProcess, yesterday: Any, tmp_path: Path):
    order, day = yesterday
    outcome = pay_client().download_trade_bill(day, destination=tmp_path / "bill.csv")
    assert isinstance(outcome, Success), outcome
    assert outcome.value.sha1 == hashlib.sha1((tmp_path / "bill.csv").read_bytes()).hexdigest()  # noqa: S324
    bill = bills.read_trade_bill(outcome.value.path)
    rows = {row.out_trade_no: row for row in bill}
    assert rows[order.out_trade_no].total == 1000
    assert bill.summary is not None
    assert bill.summary.count == bill.rows
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bill.csv"]


def test_fund_flow_bill(sandbox: SandboxProcess, yesterday: Any, tmp_path: Path):
    _order, day = yesterday
    outcome = pay_client().download_fund_flow_bill(day, destination=tmp_path / "flow.csv")
    assert isinstance(outcome, Success), outcome
    bill = bills.read_fund_flow_bill(outcome.value.path)
    rows = list(bill)
    assert bill.summary is not None
    assert sum(row.amount for row in rows if row.income) == bill.summary.income
    assert sum(row.amount for row in rows if not row.income) == bill.summary.expense


def test_a_day_without_a_bill(sandbox: SandboxProcess, tmp_path: Path):
    outcome = pay_client().download_trade_bill(date(2020, 1, 1), destination=tmp_path / "bill.csv")
    assert isinstance(outcome, Refused)
    assert outcome.code == "NO_STATEMENT_EXIST"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("empty_body", UnknownReason.BAD_DIGEST), ("500", UnknownReason.SERVER_ERROR), ("drop", None)],
)
def test_a_broken_download_leaves_nothing(
    sandbox: SandboxProcess, yesterday: Any, tmp_path: Path, fault: str, reason: UnknownReason | None
):
    sandbox.fault(fault, path="/v3/billdownload")
    outcome = pay_client().download_trade_bill(yesterday[1], destination=tmp_path / "bill.csv")
    assert isinstance(outcome, Unknown)
    assert outcome.reason == (reason or UnknownReason.BROKEN_CONNECTION)
    assert list(tmp_path.iterdir()) == []


def test_gunzip_in_pieces_plain_files_bombs_and_cuts(tmp_path: Path, monkeypatch):
    text = b"x" * 100_000
    packed = gzip.compress(text)
    with (tmp_path / "a").open("wb") as file:
        sink = downloads._Gunzip(file)
        for start in range(0, len(packed), 7):
            sink.write(packed[start : start + 7])
        sink.finish()
    assert (tmp_path / "a").read_bytes() == text
    with (tmp_path / "b").open("wb") as file:
        plain = downloads._Gunzip(file)
        plain.write(b"not packed")
        plain.finish()
        assert plain.size == 10
        cut = downloads._Gunzip(file)
        cut.write(packed[:-9])
        with pytest.raises(zlib.error):
            cut.finish()
        monkeypatch.setattr(downloads, "MAX_BYTES", 1000)
        with pytest.raises(downloads.TooLarge):
            downloads._Gunzip(file).write(packed)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (lambda text: text.replace("`45.0,", "`46.0,"), "45 rows, the summary says 46"),
        (lambda text: text[: text.index("总交易单数")], "the summary is missing"),
        (lambda text: text.replace("`0.03,`0.00,`0,", "`0.035,`0.00,`0,", 1), "应结订单金额"),
        (lambda text: text.replace("`0.03,", "`free,", 1), "应结订单金额"),
        (lambda text: text.replace("`2019-02-19 05:01:46", "`yesterday", 1), "交易时间"),
        (lambda text: text.replace("`1921000401,", "`,", 1), "商户号"),
        (lambda text: text.replace(",`39.00%", "", 1), "26 values for 27 columns"),
        (lambda text: text.replace("`45.0,", "`many,"), "总交易单数"),
    ],
)
def test_a_file_that_is_no_bill(vectors: Path, tmp_path: Path, change: Any, wrong: str):
    text = (vectors / "bill.ALL.csv").read_text(encoding="utf-8-sig")
    path = tmp_path / "bill.csv"
    path.write_text(change(text))
    with pytest.raises(BillFormatError, match=wrong):
        list(bills.read_trade_bill(path))


def test_a_product_name_may_hold_commas(vectors: Path, tmp_path: Path):
    text = (
        (vectors / "bill.ALL.csv").read_text(encoding="utf-8-sig").replace("`autotest,", "`苹果,5斤,红,", 1)
    )
    (tmp_path / "bill.csv").write_text(text)
    names = {row.description for row in bills.read_trade_bill(tmp_path / "bill.csv")}
    assert "苹果,5斤,红" in names
