"""A run survives its worker: nothing twice, nothing lost, whoever dies or comes too."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from catalog.models import Product, StockMovement
from shop.core import clock
from shop.core.models import SheetItem, SheetRun
from shop.core.sheets import working
from shop.core.sheets.errors import LeaseLost, SheetRunClosed
from shop.core.sheets.jobs import purge_sheets, sweep_sheets
from shop.core.sheets.runs import cancel_run, confirm_run, resume_run
from shop.core.sheets.working import open_runs, work, work_to_the_end
from tests.waiting import wait_until
from tests.workbook.books import SYSTEM, TEA, import_book, upload, xlsx

pytestmark = [pytest.mark.lasts(15), pytest.mark.django_db(transaction=True)]


def many(count: int) -> bytes:
    return xlsx(
        *(
            {**TEA, "商品编码": f"P{n}", "SKU编码": f"P{n}-1", "商品名称": f"茶{n}", "库存": n + 1}
            for n in range(count)
        )
    )


def each_once(count: int) -> None:
    assert sorted(Product.objects.values_list("code", flat=True)) == sorted(f"P{n}" for n in range(count))
    assert StockMovement.objects.count() == count


def test_a_killed_process_leaves_the_rest_to_the_next(tmp_path: Path) -> None:
    """Given an import in a process of its own, when that is killed halfway, then another one ends it."""
    run = upload(many(60))
    confirm_run(actor=SYSTEM, run_id=run.pk, kick=False)
    database = connection.settings_dict["NAME"]
    script = (
        "import django; from django.conf import settings; django.setup();"
        f"settings.DATABASES['default']['NAME'] = {database!r};"
        "from django.db import connections; connections['default'].settings_dict['NAME'] = "
        f"{database!r};"
        f"from shop.core.sheets.working import work; work({run.pk})"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    worker = subprocess.Popen([sys.executable, "-c", script], env=environment)
    try:
        wait_until(lambda: SheetItem.objects.filter(run=run, state="done").count() >= 5)
    finally:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    done = SheetItem.objects.filter(run=run, state="done").count()
    assert 5 <= done < 60
    assert Product.objects.count() == done
    assert work(run.pk) is False  # the dead one's lease still holds
    assert open_runs() == []
    SheetRun.objects.filter(pk=run.pk).update(leased_until=clock.wall() - timedelta(seconds=1))
    assert sweep_sheets() == 1
    run.refresh_from_db()
    assert (run.state, run.created, run.done, run.failed) == ("done", 60, 60, 0)
    each_once(60)


def test_two_workers_at_once_do_everything_once() -> None:
    run = upload(many(12))
    confirm_run(actor=SYSTEM, run_id=run.pk, kick=False)
    barrier = threading.Barrier(3)

    def worker() -> None:
        barrier.wait()
        try:
            work(run.pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=worker) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.refresh_from_db()
    assert (run.state, run.created, run.done) == ("done", 12, 12)
    each_once(12)


def test_a_worker_whose_lease_was_taken_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a worker that slept past its lease, when another took over, then the first writes nothing."""
    run = upload(many(4))
    confirm_run(actor=SYSTEM, run_id=run.pk, kick=False)
    sleeper = working._take(run.pk, timedelta(seconds=-1))
    assert sleeper is not None
    turn = working._Turn(sleeper, timedelta(seconds=90), 60)
    assert work_to_the_end(run.pk).state == "done"
    item = SheetItem.objects.filter(run=run).order_by("ordinal")[0]
    SheetItem.objects.filter(pk=item.pk).update(state="waiting")
    with pytest.raises(LeaseLost):
        turn.work()
    assert Product.objects.count() == 4


def test_the_same_workbook_twice_at_once_makes_each_product_once() -> None:
    runs = [upload(many(8)), upload(many(8))]
    for run in runs:
        confirm_run(actor=SYSTEM, run_id=run.pk, kick=False)
    barrier = threading.Barrier(2)

    def worker(run_id: int) -> None:
        barrier.wait()
        try:
            work_to_the_end(run_id)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=worker, args=(run.pk,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Product.objects.count() == 8
    totals = [SheetRun.objects.get(pk=run.pk) for run in runs]
    assert sum(run.created for run in totals) == 8
    assert {run.state for run in totals} == {"done"}


def test_cancelling_keeps_what_is_done_and_resuming_goes_on() -> None:
    run = upload(many(6))
    confirm_run(actor=SYSTEM, run_id=run.pk, kick=False)
    turn = working._Turn(working._take(run.pk, working.LEASE), working.LEASE, 60)  # type: ignore[arg-type]
    turn._apply_item(SheetItem.objects.filter(run=run).order_by("ordinal")[0])
    cancel_run(actor=SYSTEM, run_id=run.pk)
    with pytest.raises(LeaseLost):
        turn._apply_item(SheetItem.objects.filter(run=run).order_by("ordinal")[1])
    assert Product.objects.count() == 1
    with pytest.raises(SheetRunClosed):
        cancel_run(actor=SYSTEM, run_id=run.pk)
    resume_run(actor=SYSTEM, run_id=run.pk, kick=False)
    assert work_to_the_end(run.pk).created == 6
    each_once(6)


def test_the_lease_is_renewed_by_the_items_and_by_the_clock_when_they_are_slow() -> None:
    run = upload(many(2))
    confirm_run(actor=SYSTEM, run_id=run.pk, kick=False)
    taken = working._take(run.pk, working.LEASE)
    assert taken is not None
    turn = working._Turn(taken, working.LEASE, 60)

    def renews(act: Callable[[], None]) -> bool:
        before = SheetRun.objects.get(pk=run.pk).leased_until
        act()
        after = SheetRun.objects.get(pk=run.pk).leased_until
        assert before is not None
        assert after is not None
        return after > before

    # Given a lease that was taken or renewed a moment ago, when work begins, then nothing is written
    assert not renews(turn._tick)
    # And an item renews it with what it writes
    assert renews(lambda: turn._apply_item(SheetItem.objects.filter(run=run).order_by("ordinal")[0]))
    assert not renews(turn._tick)
    # And when that is a tenth of the lease ago, beginning renews it
    turn._renewed -= working.LEASE.total_seconds() / 10
    assert renews(turn._tick)


def test_confirming_twice_is_refused() -> None:
    run = upload(many(1))
    confirm_run(actor=SYSTEM, run_id=run.pk, kick=False)
    with pytest.raises(SheetRunClosed):
        confirm_run(actor=SYSTEM, run_id=run.pk, kick=False)


def test_a_run_that_never_gets_on_is_given_up_and_can_be_resumed(monkeypatch: pytest.MonkeyPatch) -> None:
    run = upload(many(2))
    confirm_run(actor=SYSTEM, run_id=run.pk, kick=False)

    def broken(*_arguments: Any) -> None:
        raise ConnectionError("storage is away")

    with monkeypatch.context() as patch:
        patch.setattr("catalog.workbook.importing.GoodsImport.prepare", broken)
        for _attempt in range(working.MOST_ATTEMPTS):
            with pytest.raises(ConnectionError):
                work(run.pk, lease=timedelta(seconds=-1))
        assert work(run.pk) is False
    run.refresh_from_db()
    assert run.state == "failed"
    assert "ConnectionError" in run.problem
    assert Product.objects.count() == 0
    resume_run(actor=SYSTEM, run_id=run.pk, kick=False)
    assert work_to_the_end(run.pk).created == 2


def test_old_runs_are_forgotten_with_their_files() -> None:
    run = import_book(many(1))
    storage, name = run.source.storage, run.source.name
    assert purge_sheets() == 0
    SheetRun.objects.filter(pk=run.pk).update(created_at=clock.wall() - timedelta(days=31))
    assert purge_sheets() == 1
    assert not storage.exists(str(name))
    assert not SheetItem.objects.exists()
