"""Bills: format, contents, availability, planted differences."""

import csv
import gzip
import hashlib
import io
from urllib.parse import urlsplit

import pytest

from tests.sandbox.merchant import Merchant
from tests.sandbox_process import SandboxProcess


@pytest.fixture
def day(tmp_path):
    """A sandbox of its own with one day of trade: two payments, one refund. Yields merchant and numbers."""
    with SandboxProcess(tmp_path / "bills") as sandbox:
        sandbox.settings(refund_delay_seconds=0.0)
        merchant = Merchant(sandbox)
        openid = sandbox.create_user()["openid"]
        first = merchant.paid(openid, description='苹果, "红"', attach="A,1")
        second = merchant.paid(openid, amount={"total": 2599, "currency": "CNY"})
        refund = merchant.refund(first, 400).json()
        yield merchant, first, second, refund, first["success_time"][:10]


def apply(merchant, date, path="/v3/bill/tradebill", **query):
    extra = "".join(f"&{name}={value}" for name, value in query.items())
    return merchant.get(f"{path}?bill_date={date}{extra}")


def download(merchant, offer):
    parts = urlsplit(offer["download_url"])
    answer = merchant.get(f"{parts.path}?{parts.query}")
    assert answer.status_code == 200, answer.text
    assert "Wechatpay-Signature" not in answer.headers
    return answer.content


def rows(content):
    """Data rows and summary of a bill, as dictionaries without the backticks."""
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == content.count(b"\n")
    table = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), quoting=csv.QUOTE_NONE))
    head, *data, summary_head, summary = table
    strip = [[cell.removeprefix("`") for cell in row] for row in data]
    assert all(cell.startswith("`") for row in [*data, summary] for cell in row)
    totals = dict(zip(summary_head, [cell[1:] for cell in summary], strict=True))
    return [dict(zip(head, row, strict=True)) for row in strip], totals


def trade_bill(merchant, date, **query):
    return rows(download(merchant, apply(merchant, date, **query).json()))


def test_trade_bill_holds_exactly_what_happened(day):
    merchant, first, second, refund, date = day
    merchant.sandbox.post(f"/bills/{date}")
    offer = apply(merchant, date, bill_type="ALL", tar_type="GZIP").json()
    content = gzip.decompress(download(merchant, offer))
    assert offer["hash_type"] == "SHA1"
    assert offer["hash_value"] == hashlib.sha1(content).hexdigest()  # noqa: S324
    data, totals = rows(content)
    assert len(data[0]) == 27
    shown = [
        (row["商户订单号"], row["交易状态"], row["应结订单金额"], row["退款金额"], row["手续费"])
        for row in data
    ]
    assert shown == [
        (first["out_trade_no"], "SUCCESS", "10.00", "0.00", "0.06000"),
        (second["out_trade_no"], "SUCCESS", "25.99", "0.00", "0.16000"),
        (first["out_trade_no"], "REFUND", "0.00", "4.00", "-0.02000"),
    ]
    assert data[0]["商品名称"] == '苹果  "红"'
    assert data[2]["商户退款单号"] == refund["out_refund_no"]
    assert data[2]["微信退款单号"] == refund["refund_id"]
    assert data[0]["费率"] == "0.60%"
    assert totals["总交易单数"] == "3"
    assert totals["应结订单总金额"] == "35.99"
    assert totals["申请退款总金额"] == "4.00"
    assert totals["手续费总金额"] == "0.20000"


def test_success_and_refund_bills_have_their_own_columns(day):
    merchant, _, _, refund, date = day
    merchant.sandbox.post(f"/bills/{date}")
    payments, _ = trade_bill(merchant, date, bill_type="SUCCESS")
    assert len(payments) == 2
    assert "微信退款单号" not in payments[0]
    refunds, _ = trade_bill(merchant, date, bill_type="REFUND")
    assert [row["商户退款单号"] for row in refunds] == [refund["out_refund_no"]]
    assert refunds[0]["退款申请时间"]


def test_fund_flow_adds_up(day):
    merchant, _, _, _, date = day
    merchant.sandbox.post(f"/bills/{date}")
    data, totals = rows(download(merchant, apply(merchant, date, path="/v3/bill/fundflowbill").json()))
    assert [(row["业务类型"], row["收支类型"], row["收支金额(元)"]) for row in data] == [
        ("交易", "收入", "10.00"),
        ("扣除交易手续费", "支出", "0.06"),
        ("交易", "收入", "25.99"),
        ("扣除交易手续费", "支出", "0.16"),
        ("退款", "支出", "3.98"),
    ]
    assert data[-1]["账户结余(元)"] == "1000031.79"
    assert (totals["收入金额"], totals["支出金额"]) == ("35.99", "4.20")


def test_bill_is_ready_next_day_after_ten(day):
    merchant, _, _, _, date = day
    sandbox = merchant.sandbox
    assert apply(merchant, date).json()["code"] == "INVALID_REQUEST"
    now = sandbox.get("/clock")["now"]
    hours, minutes = int(now[11:13]), int(now[14:16])
    to_midnight = 86400 - hours * 3600 - minutes * 60
    sandbox.advance(to_midnight + 60)
    assert apply(merchant, date).json()["code"] == "STATEMENT_CREATING"
    sandbox.advance(10 * 3600)
    assert apply(merchant, date).status_code == 200
    assert apply(merchant, "2020-01-01").json()["code"] == "NO_STATEMENT_EXIST"
    assert apply(merchant, "tomorrow").json()["detail"]["field"] == "bill_date"
    assert apply(merchant, date, bill_type="SOME").json()["detail"]["field"] == "bill_type"
    sandbox.advance(94 * 86400)
    assert apply(merchant, date).json()["code"] == "NO_STATEMENT_EXIST"


def test_download_address_is_short_lived(day):
    merchant, _, _, _, date = day
    merchant.sandbox.post(f"/bills/{date}")
    offer = apply(merchant, date).json()
    merchant.sandbox.advance(31)
    parts = urlsplit(offer["download_url"])
    assert merchant.get(f"{parts.path}?{parts.query}").status_code == 404
    unsigned = merchant.http.get(
        offer["download_url"], headers={"User-Agent": "t", "Accept": "*/*"}, timeout=5
    )
    assert unsigned.status_code == 401


def test_planted_differences(day):
    merchant, first, second, refund, date = day
    differences = [
        {"kind": "missing_payment", "out_trade_no": second["out_trade_no"]},
        {"kind": "payment_amount", "amount": 5, "out_trade_no": first["out_trade_no"]},
        {"kind": "fee", "amount": 1, "out_trade_no": first["out_trade_no"]},
        {"kind": "refund_amount", "amount": -100},
        {"kind": "extra_payment", "amount": 777},
        {"kind": "extra_refund", "amount": 888},
    ]
    planned = merchant.sandbox.post(f"/bills/{date}", {"differences": differences})
    assert (planned["payments"], planned["refunds"]) == (2, 2)
    data, _ = trade_bill(merchant, date)
    again, _ = trade_bill(merchant, date)
    assert data == again
    by_number = {(row["商户订单号"], row["交易状态"]): row for row in data}
    assert (second["out_trade_no"], "SUCCESS") not in by_number
    changed = by_number[first["out_trade_no"], "SUCCESS"]
    assert (changed["订单金额"], changed["手续费"]) == ("10.05", "0.07000")
    refunds = {row["商户退款单号"]: row["退款金额"] for row in data if row["交易状态"] == "REFUND"}
    assert refunds[refund["out_refund_no"]] == "3.00"
    assert sorted(refunds.values()) == ["3.00", "8.88"]
    extra = [row for row in data if row["商户订单号"].startswith("UNKNOWN") and row["交易状态"] == "SUCCESS"]
    assert [row["订单金额"] for row in extra] == ["7.77"]
    merchant.sandbox.post(f"/bills/{date}", {})
    truth, _ = trade_bill(merchant, date)
    assert len(truth) == 3


def test_impossible_differences_are_refused(day):
    merchant, _, _, _, date = day
    post = merchant.sandbox.post
    assert post(f"/bills/{date}", {"differences": [{"kind": "fog"}]}, expect=400)["code"] == "BAD_DIFFERENCE"
    wrong = {"differences": [{"kind": "missing_refund", "out_refund_no": "NOPE"}]}
    assert post(f"/bills/{date}", wrong, expect=409)["code"] == "NO_SUCH_ROW"
    assert post("/bills/someday", {}, expect=400)["code"] == "BAD_DATE"
    assert apply(merchant, date).json()["code"] == "INVALID_REQUEST"
