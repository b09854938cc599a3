"""A merchant's own rows that were refused, each with what is wrong: to mend and upload again."""

from collections import defaultdict
from pathlib import Path

from django.utils.translation import gettext as _

from shop.core.models.sheets import SheetRun
from shop.core.sheets.cells import text_of
from shop.core.sheets.columns import Sheet
from shop.core.sheets.kinds import import_kind
from shop.core.sheets.reading import HEADING_WITHIN, raw_rows
from shop.core.sheets.writing import WorkbookWriter

_WIDTH = 60


def write_error_book(run: SheetRun, path: Path) -> None:
    """Write the rows of the first sheet that have errors, as they were, with the errors in front.

    All rows of a refused product are there, because it is imported whole or not at all.
    """
    kind = import_kind(run.kind)
    sheet = kind.sheets[0]
    texts = _texts(run, sheet)
    wanted = set(texts) | _rows_of_refused(run, sheet)
    title = _("Errors")
    with run.source.open("rb") as file:
        rows = list(raw_rows(file, sheet, max_bytes=kind.max_bytes))
    headings = _heading(sheet, rows)
    content = [[title, *headings[1]]]
    for number, cells in rows:
        if number > headings[0] and number in wanted:
            content.append(["\n".join(texts.get(number, [])), *(text_of(cell) for cell in cells)])
    writer = WorkbookWriter()
    writer.add_plain_sheet(sheet.title(), content, widths=(_WIDTH,))
    writer.save(path)


def _texts(run: SheetRun, sheet: Sheet) -> dict[int, list[str]]:
    names = {column.key: column.heading() for column in sheet.columns}
    texts: dict[int, list[str]] = defaultdict(list)
    found = run.issues.filter(is_warning=False, sheet=sheet.key, row__gt=0).order_by("row", "id")
    for row, column, message in found.values_list("row", "column", "message"):
        texts[row].append(f"{names[column]}: {message}" if column in names else message)
    return texts


def _rows_of_refused(run: SheetRun, sheet: Sheet) -> set[int]:
    """Return the rows of every product that was refused."""
    refused = run.items.filter(sheet=sheet.key, issues__is_warning=False).distinct()
    return {
        int(sku["row"])
        for payload in refused.values_list("payload", flat=True)
        for sku in payload.get("skus", ())
    }


def _heading(sheet: Sheet, rows: list[tuple[int, list[object]]]) -> tuple[int, list[str]]:
    """Return number and texts of the heading: the first row that names a required column."""
    required = {name for column in sheet.columns if column.required for name in column.names}
    for number, cells in rows[:HEADING_WITHIN]:
        texts = [text_of(cell) for cell in cells]
        if required & {text.strip().lstrip("*") for text in texts}:
            return number, texts
    return 0, []
