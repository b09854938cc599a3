"""Workbooks for tests: made by hand with openpyxl, as merchants make them, and read back in."""

import io
import itertools
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.files.base import ContentFile
from openpyxl import Workbook
from PIL import Image

from catalog.workbook.importing import KIND
from shop.core.actors import Actor
from shop.core.models import SheetRun
from shop.core.sheets.runs import confirm_run, start_export, start_import
from shop.core.sheets.working import work_to_the_end
from tests.catalog.factories import make_freight, make_warehouse

SYSTEM = Actor.system("tests")
_colours = itertools.count(1)

TEA = {
    "商品编码": "TEA",
    "商品名称": "狮峰龙井",
    "分类": "食品/茶叶",
    "SKU编码": "TEA-100",
    "价格(元)": 168,
    "库存": 20,
}


def xlsx(*rows: Mapping[str, Any], **sheets: Sequence[Mapping[str, Any]]) -> bytes:
    """Return a workbook with these rows in 商品, and other sheets by name; headings from the rows' keys."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, content in {"商品": rows, **sheets}.items():
        sheet = book.create_sheet(title)
        headings = list(dict.fromkeys(key for row in content for key in row))
        sheet.append(headings)
        for row in content:
            sheet.append([row.get(heading) for heading in headings])
            for cell in sheet[sheet.max_row]:
                if isinstance(cell.value, str):
                    cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def picture(kind: str = "PNG") -> bytes:
    """Return a small picture like no other."""
    number = next(_colours)
    out = io.BytesIO()
    Image.new("RGB", (40, 40), (number % 256, number // 256 % 256, 7)).save(out, kind)
    return out.getvalue()


def zipped(**files: bytes) -> bytes:
    """Return a zip; names are given as keyword (``a="..."`` becomes a.png) or through ``zip_of``."""
    return zip_of({f"{name}.png": content for name, content in files.items()})


def zip_of(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def upload(content: bytes, archive: bytes | None = None, actor: Actor = SYSTEM, **options: Any) -> SheetRun:
    """Upload a workbook and let it be checked, in this process."""
    make_warehouse()
    make_freight()
    run = start_import(
        actor=actor,
        kind=KIND,
        file=ContentFile(content, name="goods.xlsx"),
        archive=ContentFile(archive, name="pictures.zip") if archive else None,
        options=options,
        kick=False,
    )
    return work_to_the_end(run.pk)


def import_book(
    content: bytes, archive: bytes | None = None, actor: Actor = SYSTEM, **options: Any
) -> SheetRun:
    """Upload, check and apply a workbook."""
    run = upload(content, archive, actor, **options)
    assert run.state == "previewed", run.problem
    confirm_run(actor=actor, run_id=run.pk, kick=False)
    return work_to_the_end(run.pk)


def export_book(actor: Actor = SYSTEM, **options: Any) -> bytes:
    """Export goods and return the file."""
    run = start_export(actor=actor, kind=KIND, options=options, kick=False)
    run = work_to_the_end(run.pk)
    assert run.state == "done", run.problem
    with run.result.open("rb") as content:
        return bytes(content.read())


def issues(run: SheetRun, *, warnings: bool = False) -> list[tuple[int, str, str]]:
    """Return row, column and code of a run's issues."""
    found = run.issues.filter(is_warning=warnings).order_by("row", "column", "code")
    return list(found.values_list("row", "column", "code"))
