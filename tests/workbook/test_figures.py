"""How long large workbooks take. The bounds are generous; the figures are printed (``pytest -s``)."""

import io
import time
from pathlib import Path

import pytest
from django.core.management import call_command
from PIL import Image

from catalog.models import Product, Sku
from catalog.workbook.columns import MAX_FILE_BYTES, MAX_ROWS, SHEETS
from shop.core.sheets.reading import read_workbook
from shop.core.sheets.writing import WorkbookWriter
from tests.catalog.factories import make_freight, make_warehouse

pytestmark = [pytest.mark.lasts(10), pytest.mark.django_db(transaction=True)]


def large_workbook(path: Path, *, products: int, skus: int, pictures: int = 0) -> None:
    """Write a workbook of ``products`` with ``skus`` each, naming ``pictures`` pictures each."""
    writer = WorkbookWriter()
    writer.open_sheet(SHEETS[0], columns=[column.key for column in SHEETS[0].columns])
    for n in range(products):
        for place in range(skus):
            row = {
                "product_code": f"P{n}",
                "title": f"明前龙井茶叶 {n}",
                "subtitle": "手工炒制 豆香清幽",
                "category": ["食品", f"茶叶{n % 12}"],
                "brand": f"山间集{n % 7}",
                "tags": ["新品", "热卖"],
                "sku_code": f"P{n}-{place}",
                "spec": [["净含量", f"{place + 1}00克"]],
                "price": 1000 + n,
                "weight_g": 150,
                "stock": 20 + n,
                "images": [f"{n}-{m}.jpg" for m in range(pictures)],
                "detail": "<p>一芽一叶，豆香清幽，回味甘甜。</p>" * 5,
                "attributes": [["产地", "杭州"], ["工艺", "手工"]],
                "state": "on_sale" if pictures else "draft",
            }
            writer.add_row(row)
    writer.save(path)


def test_twenty_thousand_rows_are_read(tmp_path: Path) -> None:
    large_workbook(tmp_path / "large.xlsx", products=MAX_ROWS // 4, skus=4)
    started = time.monotonic()
    with (tmp_path / "large.xlsx").open("rb") as file:
        table = read_workbook(file, sheets=SHEETS, max_bytes=MAX_FILE_BYTES)["products"]
    seconds = time.monotonic() - started
    print(f"\n20,000 rows read in {seconds:.1f} s, {(tmp_path / 'large.xlsx').stat().st_size / 2**20:.1f} MB")
    assert len(table.rows) == MAX_ROWS
    assert not any(row.issues for row in table.rows)
    assert seconds < 60


@pytest.mark.full
def test_the_command_imports_a_whole_shop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """130 products with 3-4 SKUs and 400 pictures of 800 x 800, as the demo has; again changes nothing."""
    make_warehouse()
    make_freight()
    folder = tmp_path / "pictures"
    folder.mkdir()
    large_workbook(tmp_path / "shop.xlsx", products=130, skus=4, pictures=3)
    for n in range(130):
        for m in range(3):
            image = Image.linear_gradient("L").resize((800, 800)).rotate(n * 3 + m).convert("RGB")
            out = io.BytesIO()
            image.save(out, "JPEG", quality=80)
            (folder / f"{n}-{m}.jpg").write_bytes(out.getvalue())
    started = time.monotonic()
    call_command("import_goods", tmp_path / "shop.xlsx", images=folder)
    first = time.monotonic() - started
    assert (Product.objects.filter(state="on_sale").count(), Sku.objects.count()) == (130, 520)
    started = time.monotonic()
    call_command("import_goods", tmp_path / "shop.xlsx", images=folder)
    second = time.monotonic() - started
    started = time.monotonic()
    call_command("export_goods", tmp_path / "out.xlsx")
    third = time.monotonic() - started
    call_command("import_goods", tmp_path / "out.xlsx", dry_run=True)
    print(capsys.readouterr().out)
    print(f"import {first:.1f} s, again {second:.1f} s, export {third:.1f} s")
    assert first < 240


@pytest.mark.full
def test_twenty_thousand_rows_are_previewed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_warehouse()
    make_freight()
    large_workbook(tmp_path / "large.xlsx", products=MAX_ROWS // 4, skus=4)
    started = time.monotonic()
    call_command("import_goods", tmp_path / "large.xlsx", dry_run=True)
    seconds = time.monotonic() - started
    print(capsys.readouterr().out)
    print(f"20,000 rows compared in {seconds:.1f} s")
    assert Product.objects.count() == 0
