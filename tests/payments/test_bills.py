"""WeChat's bills: wanted, fetched, checked, kept."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from shop.core import clock
from shop.payments import jobs
from shop.payments.models import BillFile
from shop.payments.services import bills
from shop.payments.services.bills import fetch_bill, want_bills
from shop.wechat.pay.bills import BillFormatError
from tests.payments.shopper import Shopper
from tests.sandbox_process import SandboxProcess

Shift = Callable[[float], None]


@pytest.fixture(scope="module")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """A WeChat of our own: a bill lists everybody's traffic."""
    with SandboxProcess(tmp_path_factory.mktemp("sandbox-bills")) as process:
        yield process


@pytest.fixture(scope="module")
def shifted() -> list[float]:
    return [0.0]


def tomorrow_noon() -> float:
    """Seconds until 12:00 in Beijing on the next day, when today's bill is ready."""
    now = clock.now().astimezone(clock.BEIJING)
    noon = (now + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
    return (noon - now).total_seconds()


def test_yesterdays_bills_are_fetched_and_counted(shopper: Shopper, shift_clock: Shift) -> None:
    shopper.paid()
    shopper.paid(amount=250)
    day = clock.today()
    shift_clock(tomorrow_noon())

    assert jobs.want_bills() == 14
    assert jobs.want_bills() == 0
    assert jobs.fetch_bills() == 14
    assert jobs.fetch_bills() == 0

    trade = BillFile.objects.get(day=day, kind="trade")
    assert (trade.state, trade.rows, trade.totals["count"], trade.totals["total"]) == ("stored", 2, 2, 1250)
    assert (trade.due_at, trade.last_answer) == (None, "ok")
    with trade.file.open("rb") as content:
        assert len(content.read()) == trade.size
    flow = BillFile.objects.get(day=day, kind="fund_flow")
    assert flow.state == "stored"
    assert flow.totals["income"] == 1250
    empty = BillFile.objects.get(day=day - timedelta(days=2), kind="trade")
    assert (empty.state, empty.rows, bool(empty.file)) == ("empty", 0, False)


def test_a_bill_that_is_not_ready_is_asked_for_later(shopper: Shopper, shift_clock: Shift) -> None:
    want_bills(first=clock.today(), last=clock.today())
    bill = BillFile.objects.get(kind="trade")

    fetch_bill(bill_id=bill.pk)

    bill.refresh_from_db()
    assert (bill.state, bill.looks) == ("wanted", 1)
    assert bill.due_at is not None
    assert bill.due_at > clock.now()


def test_a_bill_that_does_not_add_up_is_not_kept(
    shopper: Shopper, shift_clock: Shift, monkeypatch: pytest.MonkeyPatch
) -> None:
    shopper.paid()
    day = clock.today()
    shift_clock(tomorrow_noon())
    want_bills(first=day, last=day)
    bill = BillFile.objects.get(kind="trade")

    def broken(path: object) -> object:
        raise BillFormatError("line 3: column 手续费")

    monkeypatch.setattr(bills, "read_trade_bill", broken)
    fetch_bill(bill_id=bill.pk)
    bill.refresh_from_db()
    assert (bill.state, bill.last_answer, bool(bill.file)) == ("wanted", "unreadable", False)

    monkeypatch.undo()
    fetch_bill(bill_id=bill.pk)
    fetch_bill(bill_id=bill.pk)
    bill.refresh_from_db()
    assert bill.state == "stored"
