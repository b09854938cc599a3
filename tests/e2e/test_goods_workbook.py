"""Goods by workbook in a real browser: upload, preview, confirm, watch it end; then take it all out again."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from catalog.models import Product
from shop.core.models import AuditEntry, SheetRun
from shop.core.sheets.jobs import sweep_sheets
from tests.catalog.factories import make_freight, make_warehouse
from tests.workbook.books import TEA, import_book, picture, xlsx, zip_of

pytestmark = [pytest.mark.lasts(10), pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Shoot = Callable[[Page, str], None]
Enter = Callable[..., User]

ROWS: list[dict[str, Any]] = [
    {**TEA, "副标题": "全网第一", "价格(元)": 158, "商品图片": None},
    {**TEA, "商品编码": "CUP", "SKU编码": "CUP-1", "商品名称": "青瓷茶杯", "分类": "家居/茶具",
     "品牌": "景德", "商品图片": "1.png"},
    {**TEA, "商品编码": "BAD", "SKU编码": "BAD-1", "商品名称": "坏行", "价格(元)": "十块", "条码": "123"},
]  # fmt: skip
"""One row that changes a product, one that makes another, one with two mistakes."""


def upload_the_book(page: Page, url: str, shoot: Shoot, book: Path, pictures: Path) -> None:
    """Hand in the workbook with its pictures and let it be checked."""
    page.goto(f"{url}/admin/goods/import/")
    shoot(page, "goods-import")
    page.locator("input[name=file]").set_input_files(book)
    page.locator("input[name=archive]").set_input_files(pictures)
    page.locator("#upload button[type=submit]").click()
    expect(page.locator("progress")).to_be_visible()
    shoot(page, "goods-checking")
    assert sweep_sheets() == 1


def look_at_the_preview(page: Page, shoot: Shoot) -> None:
    """The mistakes, as a file too, and each change with its old and new value."""
    expect(page.locator("button[value=confirm]")).to_be_visible()
    expect(page.get_by_text("BAD").first).to_be_hidden()
    expect(page.get_by_text("十块")).to_be_visible()
    shoot(page, "goods-preview-errors")
    with page.expect_download() as download:
        page.locator("a[href='?file=errors']").click()
    assert download.value.suggested_filename.startswith("errors-")
    page.locator("a[href='?show=changed']").click()
    expect(page.locator("del", has_text="168.00")).to_be_visible()
    expect(page.locator("ins", has_text="158.00")).to_be_visible()
    shoot(page, "goods-preview-changes")


def confirm_the_import(page: Page, shoot: Shoot) -> None:
    """Nothing is written before the job has run."""
    page.locator("button[value=confirm]").click()
    expect(page.locator("progress")).to_be_visible()
    assert Product.objects.count() == 1
    assert sweep_sheets() == 1
    expect(page.locator("progress")).to_have_count(0)
    shoot(page, "goods-done")


def export_goods(page: Page, url: str, shoot: Shoot) -> None:
    page.goto(f"{url}/admin/goods/export/")
    shoot(page, "goods-export")
    page.locator("#export button[type=submit]").click()
    assert sweep_sheets() == 1
    with page.expect_download() as download:
        page.locator("a[href='?file=result']").click()
    assert Path(download.value.path()).read_bytes()[:2] == b"PK"
    shoot(page, "goods-exported")


def test_import_and_export_goods(
    live_server: LiveServer, page: Page, enter: Enter, shoot: Shoot, tmp_path: Path
) -> None:
    """Given a workbook with new, changed and wrong rows, when it is confirmed, then the good ones are in."""
    make_warehouse()
    make_freight()
    import_book(xlsx({**TEA, "副标题": "手工炒制"}))
    book, pictures = tmp_path / "春季新品.xlsx", tmp_path / "pictures.zip"
    book.write_bytes(xlsx(*ROWS))
    pictures.write_bytes(zip_of({"1.png": picture()}))

    enter("operations")
    upload_the_book(page, live_server.url, shoot, book, pictures)
    look_at_the_preview(page, shoot)
    confirm_the_import(page, shoot)
    run = SheetRun.objects.order_by("-pk")[0]
    assert (run.state, run.created, run.updated, run.counts["error"]) == ("done", 1, 1, 1)
    assert Product.objects.get(code="CUP").media.count() == 1

    export_goods(page, live_server.url, shoot)
    taken = AuditEntry.objects.filter(action="catalog.export_goods", actor_label="operations")
    assert [entry.after.get("downloaded") for entry in taken.order_by("pk")] == [None, "result"]
