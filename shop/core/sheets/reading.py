"""Reading a workbook: knows sheets and headings in both languages, reports every cell it cannot read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, cast

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from shop.core.sheets import escaping
from shop.core.sheets.cells import CellError, Value, read_cell, text_of
from shop.core.sheets.columns import Column, Kind, Sheet, folded
from shop.core.sheets.errors import WorkbookRefused
from shop.core.sheets.guard import check_workbook

HEADING_WITHIN = 10
"""The heading is one of the first rows; above it there may be a title."""

COMMENT = "#"
"""A row whose first filled cell begins so is a remark or an example and is skipped."""


@dataclass(frozen=True, slots=True)
class Issue:
    """Something wrong (or, as a warning, doubtful) at one place of the workbook."""

    sheet: str
    row: int
    column: str
    code: str
    message: str
    value: str = ""
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as the spreadsheet shows it, the value of each known column, unreadable cells."""

    number: int
    values: Mapping[str, Value]
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True)
class Table:
    """One sheet: which known columns it has, what headings nobody knows, its rows."""

    sheet: Sheet
    columns: frozenset[str]
    unknown: tuple[str, ...]
    rows: Sequence[Row]
    issues: tuple[Issue, ...] = field(default=())


def read_workbook(file: IO[bytes], *, sheets: Sequence[Sheet], max_bytes: int) -> dict[str, Table]:
    """Return the tables found, by sheet key; the first of ``sheets`` is there always.

    A workbook whose first sheet has another name is taken for the first of ``sheets``. Raises
    ``WorkbookRefused`` when the file cannot be read at all, has no heading, or too many rows.
    """
    check_workbook(file, max_bytes=max_bytes, max_rows=max(sheet.max_rows for sheet in sheets))
    try:
        book = CalamineWorkbook.from_filelike(file)
        names = {folded(name): name for name in reversed(book.sheet_names)}
        found = {
            sheet.key: names[folded(title)]
            for sheet in sheets
            for title in reversed(sheet.names)
            if folded(title) in names
        }
        if sheets[0].key not in found and book.sheet_names:
            found[sheets[0].key] = book.sheet_names[0]
        return {
            sheet.key: _table(sheet, book.get_sheet_by_name(found[sheet.key]).iter_rows())
            for sheet in sheets
            if sheet.key in found
        }
    except CalamineError as error:
        raise WorkbookRefused(_("This is not an xlsx workbook, or it is damaged.")) from error


def raw_rows(file: IO[bytes], sheet: Sheet, *, max_bytes: int) -> Iterator[tuple[int, list[object]]]:
    """Yield each row of a sheet as it is, with its number: to give a merchant's own rows back to them."""
    check_workbook(file, max_bytes=max_bytes, max_rows=sheet.max_rows)
    book = CalamineWorkbook.from_filelike(file)
    names = {folded(name): name for name in reversed(book.sheet_names)}
    known = [names[folded(title)] for title in sheet.names if folded(title) in names]
    for number, cells in enumerate(book.get_sheet_by_name((known or book.sheet_names)[0]).iter_rows(), 1):
        yield number, cast(list[object], cells)


def _table(sheet: Sheet, raw: Iterator[Sequence[object]]) -> Table:
    numbered = enumerate(raw, start=1)
    places, unknown = _heading(sheet, numbered)
    rows: list[Row] = []
    for number, cells in numbered:
        filled = next((cell for cell in cells if cell != ""), "")
        if filled == "" or str(filled).startswith(COMMENT):
            continue
        if len(rows) == sheet.max_rows:
            raise WorkbookRefused(_("A sheet has more than %(count)d rows.") % {"count": sheet.max_rows})
        rows.append(_row(sheet, places, number, cells))
    missing = [column for column in sheet.columns if column.required and column.key not in places]
    issues = tuple(
        Issue(
            sheet.key,
            0,
            column.key,
            "column_missing",
            _("The column %(name)s is missing.") % {"name": column.heading()},
        )
        for column in missing
    )
    return Table(sheet, frozenset(places), unknown, rows, issues)


def _heading(
    sheet: Sheet, numbered: Iterator[tuple[int, Sequence[object]]]
) -> tuple[dict[str, list[int]], tuple[str, ...]]:
    """Find the heading row; return the places of each known column, and the headings that nobody knows."""
    known = _known_headings(sheet)
    for number, cells in numbered:
        places: dict[str, list[int]] = {}
        unknown = []
        for place, cell in enumerate(cells):
            key = known.get(folded(text_of(cell)))
            if key is not None:
                places.setdefault(key, []).append(place)
            elif str(cell).strip():
                unknown.append(str(cell).strip()[:60])
        if len(places) > 1:
            _refuse_twice(sheet, places)
            return places, tuple(unknown)
        if number == HEADING_WITHIN:
            break
    raise WorkbookRefused(
        _("No heading was found in the sheet %(sheet)s: use the template.") % {"sheet": sheet.title()}
    )


def _known_headings(sheet: Sheet) -> dict[str, str]:
    known: dict[str, str] = {}
    for column in sheet.columns:
        for name in column.names:
            known.setdefault(folded(name), column.key)
            for part in range(2, column.parts + 1):
                known.setdefault(folded(f"{name}{part}"), column.key)
    return known


def _refuse_twice(sheet: Sheet, places: Mapping[str, list[int]]) -> None:
    for key, found in places.items():
        column = sheet.column(key)
        if len(found) > column.parts:
            raise WorkbookRefused(
                _("The column %(name)s is there more than once.") % {"name": column.heading()}
            )


def _row(sheet: Sheet, places: Mapping[str, list[int]], number: int, cells: Sequence[object]) -> Row:
    values: dict[str, Value] = {}
    issues: list[Issue] = []
    for key, found in places.items():
        column = sheet.column(key)
        raw = _raw(column, [cells[place] for place in found if place < len(cells)])
        try:
            values[key] = read_cell(column, raw)
        except CellError as error:
            issues.append(Issue(sheet.key, number, key, error.code, error.message, text_of(raw)[:200]))
            continue
        if column.required and values[key] is None:
            issues.append(Issue(sheet.key, number, key, "required", _("This cell must be filled.")))
    return Row(number, values, tuple(issues))


def _raw(column: Column, cells: Sequence[object]) -> object:
    """Join the cells of a text that is continued; a single one stays what it is."""
    if column.parts == 1 or column.kind is not Kind.HTML:
        return cells[0] if cells else ""
    filled = [cell for cell in cells if cell != ""]
    if len(filled) == 1:
        return filled[0]
    return escaping.escape_formula("".join(text_of(cell) for cell in filled))
