"""WeChat's daily bills: fetched, checked, kept. Comparing them with our books is the reconciliation's job."""

import tempfile
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

import structlog
from django.core.files import File

from shop.core import clock
from shop.core.db import in_transaction, lock_row
from shop.payments import rules
from shop.payments.models import BillFile
from shop.payments.services.watching import answer_of
from shop.wechat.outcomes import Outcome, Refused, Success
from shop.wechat.pay import types
from shop.wechat.pay.bills import BillFormatError, read_fund_flow_bill, read_trade_bill
from shop.wechat.pay.client import pay_client

log = structlog.get_logger(__name__)

NO_ENTRIES = "NO_STATEMENT_EXIST"


@dataclass(frozen=True)
class _Contents:
    rows: int
    totals: dict[str, int]


@in_transaction
def want_bills(*, first: date, last: date) -> int:
    """Note every bill of the days ``first`` to ``last`` that we have not asked for yet; return how many."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    before = BillFile.objects.count()
    BillFile.objects.bulk_create(
        [BillFile(day=day, kind=kind, due_at=clock.now()) for day in days for kind in BillFile.Kind.values],
        ignore_conflicts=True,
    )
    return BillFile.objects.count() - before


def fetch_bill(*, bill_id: int) -> None:
    """Download one wanted bill and store it; what WeChat has not ready yet is asked for again later.

    Call it outside a transaction. A file that does not add up is not stored.
    """
    bill = BillFile.objects.get(pk=bill_id)
    if bill.state != BillFile.State.WANTED:
        return
    with tempfile.TemporaryDirectory(prefix="bill-") as folder:
        path = Path(folder) / f"{bill.kind}-{bill.day}.csv"
        outcome = _download(bill, path)
        if isinstance(outcome, Success):
            _keep(bill, outcome.value)
        else:
            _note(bill_id=bill.pk, answer=answer_of(outcome), empty=_is_empty(outcome))


def _download(bill: BillFile, path: Path) -> Outcome[types.BillFile]:
    if bill.kind == BillFile.Kind.TRADE:
        return pay_client().download_trade_bill(bill.day, destination=path)
    return pay_client().download_fund_flow_bill(bill.day, destination=path)


def _is_empty(outcome: Outcome[types.BillFile]) -> bool:
    return isinstance(outcome, Refused) and outcome.code == NO_ENTRIES


def _keep(bill: BillFile, downloaded: types.BillFile) -> None:
    try:
        contents = _read(bill.kind, downloaded.path)
    except BillFormatError as error:
        log.warning("bill_unreadable", kind=bill.kind, day=str(bill.day), where=str(error))
        _note(bill_id=bill.pk, answer="unreadable", empty=False)
        return
    with downloaded.path.open("rb") as content:
        name = BillFile.file.field.storage.save(
            f"bills/{bill.day:%Y/%m}/{downloaded.path.name}", File(content)
        )
    _store(bill_id=bill.pk, name=name, downloaded=downloaded, contents=contents)


def _read(kind: str, path: Path) -> _Contents:
    bill = read_trade_bill(path) if kind == BillFile.Kind.TRADE else read_fund_flow_bill(path)
    rows = sum(1 for _row in bill)
    return _Contents(rows, asdict(bill.summary) if bill.summary is not None else {})


@in_transaction
def _store(*, bill_id: int, name: str, downloaded: types.BillFile, contents: _Contents) -> None:
    bill = lock_row(BillFile.objects.filter(pk=bill_id))
    bill.state = BillFile.State.STORED
    bill.file.name = name
    bill.sha1 = downloaded.sha1
    bill.size = downloaded.size
    bill.rows = contents.rows
    bill.totals = contents.totals
    bill.last_answer = "ok"
    bill.fetched_at = clock.now()
    bill.due_at = bill.leased_until = None
    bill.save()


@in_transaction
def _note(*, bill_id: int, answer: str, empty: bool) -> None:
    bill = lock_row(BillFile.objects.filter(pk=bill_id))
    bill.last_answer = answer
    bill.leased_until = None
    bill.due_at = None if empty else clock.now() + rules.pause_after(bill.looks)
    bill.looks += 1
    if empty:
        bill.state = BillFile.State.EMPTY
        bill.fetched_at = clock.now()
    bill.save()
