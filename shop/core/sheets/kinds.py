"""What an app says of its workbooks. The roof's ``SHEETS`` table names each kind's class."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from django.utils.functional import Promise
from django.utils.module_loading import import_string

from shop.core.errors import NotFound
from shop.core.models.sheets import SheetRun
from shop.core.roof import roof_table
from shop.core.sheets.columns import Sheet
from shop.core.sheets.reading import Issue

Progress = Callable[[int, int], None]
"""Called with how many things are done, and of how many; raises when the run was taken away or cancelled."""


@dataclass(frozen=True)
class Difference:
    """One field that an import would change, as people read it."""

    sheet: str
    column: str
    row: int
    before: str
    after: str


@dataclass
class Checked:
    """One thing found in a workbook, compared with the shop. ``payload`` is all that applying it needs."""

    key: str
    label: str
    sheet: str
    row: int
    rows: int
    verdict: str
    payload: dict[str, Any]
    differences: Sequence[Difference] = ()
    issues: Sequence[Issue] = ()


@dataclass
class Reading:
    """Everything a check found: things, issues that belong to no thing, and a summary for the preview."""

    items: Iterator[Checked]
    issues: list[Issue] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Applied:
    """What applying an item did: ``created``, ``updated`` or ``unchanged``; ``subject`` names the row."""

    outcome: str
    subject: str = ""


class ImportKind(Protocol):
    """A workbook that can be read in."""

    permission: str
    title: str | Promise
    sheets: Sequence[Sheet]
    max_bytes: int
    max_archive_bytes: int

    def check(self, run: SheetRun, progress: Progress) -> Reading:
        """Compare the workbook with the shop; writes nothing to the shop. Outside transactions."""

    def prepare(self, run: SheetRun, payload: Mapping[str, Any]) -> Any:
        """Do what needs files or the network for one item. Outside transactions, safe to repeat."""

    def apply(self, run: SheetRun, payload: Mapping[str, Any], prepared: Any) -> Applied:
        """Write one item, in the transaction that marks it as done. Raises ``ShopError`` to refuse it."""


class ExportKind(Protocol):
    """A workbook that can be written."""

    permission: str
    title: str | Promise

    def file_name(self, run: SheetRun) -> str:
        """Return the name under which the result is downloaded."""

    def export(self, run: SheetRun, path: Path, progress: Progress) -> int:
        """Write the file; return how many things are in it. Outside transactions, safe to repeat."""


@cache
def _instance(dotted: str) -> Any:
    return import_string(dotted)()


def import_kind(name: str) -> ImportKind:
    """Return the kind of import ``name``; raises ``NotFound``."""
    kind: ImportKind = _find(name, 0)
    return kind


def export_kind(name: str) -> ExportKind:
    """Return the kind of export ``name``; raises ``NotFound``."""
    kind: ExportKind = _find(name, 1)
    return kind


def _find(name: str, place: int) -> Any:
    dotted = roof_table("SHEETS").get(name)
    if dotted is None or not dotted[place]:
        raise NotFound
    return _instance(dotted[place])
