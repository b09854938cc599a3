"""Writing a workbook row by row, in constant memory; every text is safe to open."""

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from shop.core.sheets import escaping
from shop.core.sheets.cells import Value, as_text, write_cell
from shop.core.sheets.columns import Column, Kind, Sheet

MAX_CELL = 32_767
_PART = 30_000
"""UTF-16 units in one cell of a continued text: below the limit even when all are encoded anew."""

_HEAD = PatternFill("solid", fgColor="FFEFF3F8")
_BOLD = Font(bold=True)
_TOP = Alignment(vertical="top")
_AMOUNT = "0.00"
_AS_TEXT = "@"


class WorkbookWriter:
    """Writes sheets one after the other: ``open_sheet``, rows, the next sheet, ``save``."""

    def __init__(self) -> None:
        self._book = Workbook(write_only=True)
        self._sheet: Any = None
        self._columns: Sequence[tuple[Column, int]] = ()

    def open_sheet(
        self, sheet: Sheet, *, columns: Sequence[str], parts: Mapping[str, int] | None = None
    ) -> None:
        """Begin a sheet with these columns; ``parts`` widens continued ones to so many cells."""
        chosen = [column for column in sheet.columns if column.key in columns]
        self._columns = [
            (column, part) for column in chosen for part in range(1, (parts or {}).get(column.key, 1) + 1)
        ]
        self._begin(sheet.title())
        for place, (column, _part_number) in enumerate(self._columns, start=1):
            self._sheet.column_dimensions[get_column_letter(place)].width = column.width
        self._sheet.append(
            [
                self._head(f"{'*' if column.required else ''}{column.heading()}{part if part > 1 else ''}")
                for column, part in self._columns
            ]
        )

    def add_row(self, values: Mapping[str, Value]) -> None:
        """Write one row; a column that is not given stays empty."""
        self._sheet.append(
            [self._cell(column, part, values.get(column.key)) for column, part in self._columns]
        )

    def add_plain_sheet(self, title: str, rows: Sequence[Sequence[str]], *, widths: Sequence[int]) -> None:
        """Write a sheet of notes: the first row is its heading."""
        self._begin(title)
        for place, width in enumerate(widths, start=1):
            self._sheet.column_dimensions[get_column_letter(place)].width = width
        for number, row in enumerate(rows):
            self._sheet.append([self._head(text) if number == 0 else self._text(text) for text in row])

    def save(self, path: Path) -> None:
        """Write the file; the writer is spent then."""
        self._book.save(path)

    def _begin(self, title: str) -> None:
        self._sheet = self._book.create_sheet(title)
        self._sheet.freeze_panes = "A2"

    def _head(self, text: str) -> Cell:
        cell = self._text(text)
        cell.font, cell.fill, cell.alignment = _BOLD, _HEAD, _TOP
        return cell

    def _text(self, text: str) -> Cell:
        cell = WriteOnlyCell(
            self._sheet, value=escaping.encode_text(escaping.escape_formula(text))[:MAX_CELL]
        )
        cell.data_type, cell.number_format = "s", _AS_TEXT
        return cell

    def _cell(self, column: Column, part: int, value: Value) -> Cell | None:
        if column.parts > 1:
            value = text_part(as_text(column, value), part)
        written = write_cell(column, value)
        if written is None:
            return None
        cell = WriteOnlyCell(self._sheet, value=written)
        if isinstance(written, str):
            # Never left to the library's guess: what begins with = would be taken for a formula.
            cell.data_type, cell.number_format = "s", _AS_TEXT
        elif column.kind is Kind.YUAN:
            cell.number_format = _AMOUNT
        return cell


def parts_needed(text: str) -> int:
    """Return in how many cells a text must be continued."""
    return max(1, len(_pieces(text)))


def text_part(text: str, part: int) -> str:
    """Return the piece of a text for its cell ``part`` (from 1); empty beyond the end."""
    return next(islice(_pieces(text), part - 1, None), "")


def _pieces(text: str) -> list[str]:
    """Cut a text where a cell is full; no piece begins or ends with whitespace, which could get lost."""
    pieces: list[str] = []
    piece: list[str] = []
    size = 0
    for character in text:
        cost = _cost(character)
        full = bool(piece) and size + cost > _PART
        if full and not character.isspace() and not piece[-1].isspace() and character not in "'=+-@＝＋－＠":
            pieces.append("".join(piece))
            piece, size = [], 0
        piece.append(character)
        size += cost
    return [*pieces, "".join(piece)] if piece else pieces


def _cost(character: str) -> int:
    """Return the UTF-16 units that a character takes once it is encoded."""
    return len(escaping.encode_text(character)) * (2 if ord(character) > 0xFFFF else 1)
