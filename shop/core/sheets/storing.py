"""Writing down what a check found, a few hundred things at a time."""

from collections.abc import Callable, Sequence
from itertools import islice

from django.db.models import Count, Q

from shop.core.db import run_in_transaction
from shop.core.models.sheets import SheetIssue, SheetItem, SheetRun
from shop.core.sheets.kinds import Checked, Reading
from shop.core.sheets.reading import Issue

BATCH = 200
MOST_ISSUES = 20_000
"""Beyond so many the rest is only counted: nobody reads them, and the file is to be mended first."""

Hold = Callable[[], SheetRun]


def store_reading(run: SheetRun, reading: Reading, *, hold: Hold) -> None:
    """Replace what an earlier, cut-off check stored, and write the counts of the preview."""
    run_in_transaction(lambda: _clear(hold()))
    stored = rows = errors = warnings = ordinal = 0
    while batch := list(islice(reading.items, BATCH)):
        room = MOST_ISSUES - stored
        stored += run_in_transaction(lambda b=batch, o=ordinal, r=room: _store(hold(), b, o, r))  # type: ignore[misc]
        ordinal += len(batch)
        rows += sum(item.rows for item in batch)
        errors += sum(not issue.is_warning for item in batch for issue in item.issues)
        warnings += sum(issue.is_warning for item in batch for issue in item.issues)
    # Issues that belong to no item: columns that are missing, rows of other sheets.
    errors += sum(not issue.is_warning for issue in reading.issues)
    warnings += sum(issue.is_warning for issue in reading.issues)

    def finish() -> None:
        held = hold()
        SheetIssue.objects.bulk_create(_issue(held, None, issue) for issue in reading.issues[:MOST_ISSUES])
        held.counts = {**_verdicts(held), "rows": rows, "errors": errors, "warnings": warnings}
        held.summary, held.total, held.done = reading.summary, ordinal, ordinal
        held.save(update_fields=["counts", "summary", "total", "done", "leased_until"])

    run_in_transaction(finish)


def _clear(run: SheetRun) -> None:
    run.issues.all().delete()
    run.items.all().delete()


def _store(run: SheetRun, batch: Sequence[Checked], first: int, room: int) -> int:
    run.save(update_fields=["leased_until"])
    items = SheetItem.objects.bulk_create(
        SheetItem(
            run=run,
            ordinal=first + place,
            key=checked.key[:200],
            label=checked.label[:200],
            sheet=checked.sheet,
            row=checked.row,
            rows=checked.rows,
            verdict=checked.verdict,
            state=_first_state(checked.verdict),
            payload=checked.payload,
            differences=[
                [d.column, d.row, d.before[:2000], d.after[:2000], d.sheet] for d in checked.differences
            ],
        )
        for place, checked in enumerate(batch)
    )
    issues = [
        _issue(run, item, issue)
        for item, checked in zip(items, batch, strict=True)
        for issue in checked.issues
    ][: max(0, room)]
    SheetIssue.objects.bulk_create(issues, batch_size=1000)
    return len(issues)


def _first_state(verdict: str) -> str:
    applies = verdict in (SheetItem.Verdict.NEW, SheetItem.Verdict.CHANGED)
    return SheetItem.State.WAITING if applies else SheetItem.State.LEFT


def _issue(run: SheetRun, item: SheetItem | None, issue: Issue) -> SheetIssue:
    return SheetIssue(
        run=run,
        item=item,
        sheet=issue.sheet,
        row=issue.row,
        column=issue.column[:30],
        code=issue.code[:60],
        message=issue.message[:500],
        value=issue.value.replace("\x00", "")[:200],
        is_warning=issue.is_warning,
    )


def _verdicts(run: SheetRun) -> dict[str, int]:
    verdicts = SheetItem.Verdict.values
    return run.items.aggregate(**{name: Count("pk", filter=Q(verdict=name)) for name in verdicts})
