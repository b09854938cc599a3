"""Is it safe to open this xlsx? Looks at the zip and streams through its XML before anything is built.

The library that reads cells lays a sheet out as a full rectangle and copies shared text into every cell that
uses it: one cell at the far corner, or one long text used a million times, would take all memory.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO
from xml.parsers import expat

from django.utils.translation import gettext as _

from shop.core.sheets.errors import WorkbookRefused

MAX_UNPACKED = 300 * 1024 * 1024
MAX_ENTRIES = 500
MAX_CELLS = 3_000_000
MAX_COLUMNS = 200
MAX_TEXT = 150 * 1024 * 1024
"""Characters of all cells together, each use of a shared text counted."""

_CHUNK = 256 * 1024
_REFERENCE = re.compile(r"([A-Za-z]{1,3})(\d{1,7})", re.ASCII)


def check_workbook(file: IO[bytes], *, max_bytes: int, max_rows: int) -> None:
    """Raise ``WorkbookRefused`` unless ``file`` is an xlsx of bearable size; leaves the file at its start."""
    size = file.seek(0, 2)
    file.seek(0)
    if size > max_bytes:
        raise WorkbookRefused(_("The file is larger than %(size)d MB.") % {"size": max_bytes // 2**20})
    try:
        with zipfile.ZipFile(file) as archive:
            _check_archive(archive)
            lengths = _shared_lengths(archive)
            for name in archive.namelist():
                if _is_sheet(name):
                    _check_sheet(archive, name, lengths, max_rows=max_rows)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise WorkbookRefused(_("This is not an xlsx workbook, or it is damaged.")) from error
    except expat.ExpatError as error:
        raise WorkbookRefused(_("This is not an xlsx workbook, or it is damaged.")) from error
    file.seek(0)


def _is_sheet(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() == ".xml" and "worksheets/" in name.lower()


def _check_archive(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise WorkbookRefused(_("The workbook is too large when unpacked."))
    names = [entry.filename.lower() for entry in entries]
    if "xl/workbook.xml" not in names:
        raise WorkbookRefused(_("This is not an xlsx workbook, or it is damaged."))


def _chunks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Read an entry piece by piece; what it says of its size is not believed."""
    left = MAX_UNPACKED
    with archive.open(name) as entry:
        while piece := entry.read(_CHUNK):
            left -= len(piece)
            if left < 0:
                raise WorkbookRefused(_("The workbook is too large when unpacked."))
            yield piece


def _refuse_doctype(*_arguments: object) -> None:
    raise WorkbookRefused(_("The workbook holds a document type, which none needs."))


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _shared_lengths(archive: zipfile.ZipFile) -> list[int]:
    """Return how long each shared text is."""
    name = next((name for name in archive.namelist() if name.lower() == "xl/sharedstrings.xml"), None)
    if name is None:
        return []
    lengths: list[int] = []

    def start(tag: str, _attributes: dict[str, str]) -> None:
        if tag.endswith(" si"):
            lengths.append(0)

    def text(data: str) -> None:
        if lengths:
            lengths[-1] += len(data)

    parser = _parser()
    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    for piece in _chunks(archive, name):
        parser.Parse(piece, False)
    parser.Parse(b"", True)
    return lengths


@dataclass
class _Extent:
    """How far a sheet reaches and how much text its cells hold."""

    lengths: list[int]
    max_rows: int
    rows: int = 0
    columns: int = 0
    row: int = 0
    column: int = 0
    text: int = 0
    shared: bool = False
    in_value: bool = False
    value: list[str] = field(default_factory=list)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag.endswith(" c"):
            self._cell(attributes)
        elif tag.endswith(" row"):
            given = attributes.get("r", "")
            self.row = int(given[:8]) if given.isdecimal() else self.row + 1
            self.column = 0
        elif tag.endswith(" v"):
            self.in_value = True
            self.value.clear()

    def end(self, tag: str) -> None:
        if not tag.endswith(" v"):
            return
        self.in_value = False
        if self.shared:
            index = "".join(self.value).strip()
            if index.isdecimal() and int(index[:9]) < len(self.lengths):
                self._count(self.lengths[int(index[:9])])

    def characters(self, data: str) -> None:
        if self.in_value and self.shared:
            self.value.append(data)
        else:
            self._count(len(data))

    def _count(self, length: int) -> None:
        self.text += length
        if self.text > MAX_TEXT:
            raise WorkbookRefused(_("The workbook is too large when unpacked."))

    def _cell(self, attributes: dict[str, str]) -> None:
        self.shared = attributes.get("t") == "s"
        place = _REFERENCE.fullmatch(attributes.get("r", ""))
        if place is None:
            self.column += 1
        else:
            self.row, self.column = int(place[2]), _column_number(place[1])
        self.rows = max(self.rows, self.row)
        self.columns = max(self.columns, self.column)
        if self.columns > MAX_COLUMNS:
            raise WorkbookRefused(_("A sheet has more than %(count)d columns.") % {"count": MAX_COLUMNS})
        if self.rows > self.max_rows and self.rows * self.columns > MAX_CELLS:
            raise WorkbookRefused(_("A sheet has more than %(count)d rows.") % {"count": self.max_rows})


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _check_sheet(archive: zipfile.ZipFile, name: str, lengths: list[int], *, max_rows: int) -> None:
    extent = _Extent(lengths, max_rows)
    parser = _parser()
    parser.StartElementHandler = extent.start
    parser.EndElementHandler = extent.end
    parser.CharacterDataHandler = extent.characters
    for piece in _chunks(archive, name):
        parser.Parse(piece, False)
    parser.Parse(b"", True)
