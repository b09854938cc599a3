"""The work on runs: check, apply, export. One worker at a time per run, and each item once.

Whoever works holds the run's lease. Every write of progress locks the run and compares the lease first, in
the transaction of the item itself: a worker that was taken for dead writes nothing any more.
"""

import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
from django.core.files import File
from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    InternalError,
    NotSupportedError,
    ProgrammingError,
)
from django.db.models import F, Q
from django.utils import translation
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.db import claim_rows, in_transaction, lock_row, run_in_transaction
from shop.core.errors import Busy, ShopError, Unavailable
from shop.core.failures import describe_failure
from shop.core.models.sheets import SheetIssue, SheetItem, SheetRun, private_storage
from shop.core.sheets.errors import LeaseLost, WorkbookRefused
from shop.core.sheets.kinds import Applied, export_kind, import_kind
from shop.core.sheets.runs import kick
from shop.core.sheets.storing import store_reading

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=90)
"""Longer than any single item takes, pictures included."""

MOST_ATTEMPTS = 5
"""Leases without any progress after which a run is given up; ``resume_run`` tries anew."""

FETCHED = 20
"""Items that are read at once."""

TURN_SECONDS = 240.0
"""A task works so long and hands over to the next: far below Celery's time limit."""

State = SheetRun.State
_BROKEN_DATA = (DataError, IntegrityError, InternalError, NotSupportedError, ProgrammingError)


def work(run_id: int, *, seconds: float = TURN_SECONDS, lease: timedelta = LEASE) -> bool:
    """Do what is to be done for a run, for at most about ``seconds``; return whether something is left.

    Returns ``False`` at once when another worker holds the lease or nothing is open. Called outside
    transactions. An unexpected error goes up after it was written down; the run stays open and is tried
    again once the lease has run out, ``MOST_ATTEMPTS`` times.
    """
    run = _take(run_id, lease)
    if run is None:
        return False
    turn = _Turn(run, lease, seconds)
    try:
        with translation.override(run.language):
            return turn.work()
    except LeaseLost:
        return False
    except WorkbookRefused as refusal:
        turn.finish(State.FAILED, problem=str(refusal.detail))
        return False
    except Exception as error:
        turn.stumble(describe_failure(error))
        raise


def work_to_the_end(run_id: int) -> SheetRun:
    """Work on a run in this process until nothing is left: what the commands do. Returns the run."""
    while work(run_id, seconds=3600.0):
        pass
    return SheetRun.objects.get(pk=run_id)


def open_runs() -> list[int]:
    """Return the runs that nobody works on, oldest first."""
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=clock.wall())
    rows = SheetRun.objects.filter(free, state__in=SheetRun.OPEN).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:20])


@in_transaction
def _take(run_id: int, lease: timedelta) -> SheetRun | None:
    """Lease a run that is open and free; ``None`` when it is not, or somebody is at it this very moment."""
    now = clock.wall()
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
    rows = claim_rows(SheetRun.objects.filter(free, pk=run_id, state__in=SheetRun.OPEN), limit=1)
    if not rows:
        return None
    run = rows[0]
    if run.attempts >= MOST_ATTEMPTS:
        run.state, run.finished_at = State.FAILED, now
        run.problem = run.problem or _("The work broke off several times without getting on.")
        run.save(update_fields=["state", "finished_at", "problem"])
        return None
    run.lease, run.leased_until, run.attempts = secrets.token_hex(16), now + lease, run.attempts + 1
    run.save(update_fields=["lease", "leased_until", "attempts"])
    return run


class _Turn:
    """One worker's turn at one run."""

    def __init__(self, run: SheetRun, lease: timedelta, seconds: float) -> None:
        self.run = run
        self.lease = lease
        self.ends = time.monotonic() + seconds
        self._renewed = time.monotonic()  # with this turn's beginning

    def work(self) -> bool:
        if self.run.direction == SheetRun.Direction.EXPORT:
            self._export()
            return False
        if self.run.state == State.UPLOADED:
            self._check()
            return False
        return self._apply()

    def hold(self) -> SheetRun:
        """Lock the run in the caller's transaction and renew the lease; raises ``LeaseLost``."""
        run = lock_row(SheetRun.objects.filter(pk=self.run.pk))
        if run.lease != self.run.lease or run.state != self.run.state:
            raise LeaseLost
        run.leased_until = clock.wall() + self.lease
        return run

    def finish(self, state: State, *, problem: str = "") -> None:
        """End the run, or hand it to people for a decision."""

        def write() -> None:
            run = self.hold()
            run.state, run.problem, run.lease, run.leased_until = state, problem[:500], "", None
            run.finished_at = None if state == State.PREVIEWED else clock.wall()
            run.save()

        run_in_transaction(write)

    def stumble(self, problem: str) -> None:
        """Write down what went wrong and leave the run to the next attempt."""
        with suppress(DatabaseError):  # what went wrong may be the database; the first error goes up
            SheetRun.objects.filter(pk=self.run.pk, lease=self.run.lease).update(problem=problem[:500])

    def progress(self, done: int, total: int) -> None:
        """Show how far the work is, and renew the lease."""

        def write() -> None:
            run = self.hold()
            run.done, run.total = done, total
            run.save(update_fields=["done", "total", "leased_until"])

        run_in_transaction(write)

    def _check(self) -> None:
        kind = import_kind(self.run.kind)
        store_reading(self.run, kind.check(self.run, self.progress), hold=self.hold)
        self.finish(State.PREVIEWED)

    def _export(self) -> None:
        kind = export_kind(self.run.kind)
        with TemporaryDirectory(prefix="sheet-") as folder:
            path = Path(folder) / "result.xlsx"
            count = kind.export(self.run, path, self.progress)
            with path.open("rb") as content:
                name = private_storage().save(f"sheets/{secrets.token_hex(10)}/result.xlsx", File(content))

        def write() -> None:
            run = self.hold()
            run.result.name, run.done, run.total = name, count, count
            run.save(update_fields=["result", "done", "total"])

        run_in_transaction(write)
        self.finish(State.DONE)

    def _apply(self) -> bool:
        """Apply items until none waits (``False``) or the time is up (``True``)."""
        while time.monotonic() < self.ends:
            waiting = SheetItem.objects.filter(run=self.run, state=SheetItem.State.WAITING)
            items = list(waiting.order_by("ordinal")[:FETCHED])
            if not items:
                self.finish(State.DONE)
                return False
            for item in items:
                if time.monotonic() < self.ends:
                    self._apply_item(item)
        SheetRun.objects.filter(pk=self.run.pk, lease=self.run.lease).update(leased_until=None, attempts=0)
        return True

    def _apply_item(self, item: SheetItem) -> None:
        kind = import_kind(self.run.kind)
        self._tick()
        try:
            prepared = kind.prepare(self.run, item.payload)
            run_in_transaction(lambda: self._once(item, lambda: kind.apply(self.run, item.payload, prepared)))
        except (Busy, Unavailable):
            raise
        except ShopError as refusal:
            issues = [(error.field, error.code, str(error.detail)) for error in refusal.errors]
            self._refuse(item, issues or [("", refusal.code, str(refusal.detail))])
        except _BROKEN_DATA as error:
            log.exception("sheets.item_broken", run=self.run.pk, item=item.pk)
            self._refuse(item, [("", "unexpected", describe_failure(error))])

    def _tick(self) -> None:
        """Renew the lease before work outside a transaction begins, unless that was done a moment ago."""
        if time.monotonic() - self._renewed < self.lease.total_seconds() / 10:
            return
        run_in_transaction(lambda: self.hold().save(update_fields=["leased_until"]))

    def _once(self, item: SheetItem, apply: Callable[[], Applied]) -> None:
        """Apply an item and mark it, in one transaction, unless it is done."""
        run = self.hold()
        row = lock_row(SheetItem.objects.filter(pk=item.pk).only("state"))
        if row.state != SheetItem.State.WAITING:
            return
        applied = apply()
        SheetItem.objects.filter(pk=item.pk).update(state=SheetItem.State.DONE, subject=applied.subject[:64])
        self._advance(run, applied.outcome)

    def _refuse(self, item: SheetItem, issues: list[tuple[str, str, str]]) -> None:
        def write() -> None:
            run = self.hold()
            row = lock_row(SheetItem.objects.filter(pk=item.pk).only("state"))
            if row.state != SheetItem.State.WAITING:
                return
            SheetItem.objects.filter(pk=item.pk).update(state=SheetItem.State.FAILED)
            SheetIssue.objects.bulk_create(
                SheetIssue(
                    run=run, item=item, sheet=item.sheet, row=item.row, code=code[:60], message=text[:500],
                    column=column[:30],
                )
                for column, code, text in issues
            )  # fmt: skip
            self._advance(run, "failed")

        run_in_transaction(write)

    def _advance(self, run: SheetRun, outcome: str) -> None:
        SheetRun.objects.filter(pk=run.pk).update(
            **{outcome: F(outcome) + 1, "done": F("done") + 1},
            leased_until=run.leased_until,
            attempts=0,
            problem="",
        )
        self._renewed = time.monotonic()


def work_or_hand_over(run_id: int) -> None:
    """Work for a turn; ask for another one when something is left."""
    if work(run_id):
        kick(run_id)
