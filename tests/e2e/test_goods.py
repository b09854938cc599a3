"""Goods in a real browser: a product made from nothing, put on sale, edited by two people at once."""

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from PIL import Image, ImageDraw
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from catalog.models import Brand, Product, ServicePromise, Sku, Stock, Tag
from catalog.queries import product_detail
from shop.core.redis import client as redis_client
from shop.core.redis import resume
from tests.catalog.factories import make_category, make_freight, make_product, make_warehouse

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Shoot = Callable[[Page, str], None]
Enter = Callable[..., User]


@pytest.fixture(autouse=True)
def fresh_redis() -> None:
    resume()
    redis_client().flushdb()


def picture(path: Path, colour: str, word: str) -> Path:
    """Draw a picture a shopper could see."""
    image = Image.new("RGB", (800, 800), colour)
    draw = ImageDraw.Draw(image)
    draw.ellipse((200, 200, 600, 600), fill="white")
    draw.text((360, 390), word, fill=colour)
    buffer = BytesIO()
    image.save(buffer, "JPEG")
    path.write_bytes(buffer.getvalue())
    return path


@pytest.fixture
def shelves() -> None:
    """A warehouse, categories, a brand, tags and a promise."""
    make_warehouse()
    make_freight()
    food = make_category("服饰")
    make_category("T恤", parent=food)
    Brand.objects.create(name="山野")
    Tag.objects.create(name="新品")
    Tag.objects.create(name="热卖")
    ServicePromise.objects.create(name="48小时发货")


def matrix(page: Page, row: int, column: str) -> "object":
    return page.locator(f"#goods-matrix input[data-row='{row}'][data-column='{column}']")


def test_a_product_from_nothing_to_the_shop(
    live_server: LiveServer, page: Page, enter: Enter, shoot: Shoot, shelves: None, tmp_path: Path
) -> None:
    """Given an operator, when they type 2x3 specifications with pictures, then the shop sells 6 SKUs."""
    enter("operations")
    page.goto(f"{live_server.url}/admin/catalog/product/")
    page.goto(f"{live_server.url}/admin/catalog/product/add/")
    page.locator("#f-title").fill("山野纯棉短袖T恤 全网第一")
    page.locator("#f-subtitle").fill("亲肤透气，春夏百搭")
    expect(page.locator("[data-finding=title]")).to_contain_text("全网第一")
    page.locator("#f-title").fill("山野纯棉短袖T恤")
    expect(page.locator("[data-finding=title]")).to_have_text("")
    page.locator("#f-category").select_option(label="服饰 / T恤")
    page.locator("#f-brand").select_option(label="山野")
    page.get_by_text("新品", exact=True).click()
    files = [picture(tmp_path / f"{name}.jpg", name, name) for name in ("teal", "orange", "navy")]
    page.locator("#goods-gallery input[type=file]").set_input_files(files)
    expect(page.locator("#goods-gallery .goods-tile[data-id]")).to_have_count(3)

    page.locator("#goods-add-spec").click()
    page.locator(".goods-spec__name").nth(0).fill("颜色")
    page.locator(".goods-spec__add").nth(0).fill("白、黑")
    page.locator(".goods-spec__add").nth(0).press("Enter")
    matrix(page, 0, "price").fill("59")
    page.locator("#goods-add-spec").click()
    page.locator(".goods-spec__name").nth(1).fill("尺码")
    page.locator(".goods-spec__add").nth(1).fill("S M L".replace(" ", ","))
    page.locator(".goods-spec__add").nth(1).press("Enter")
    expect(page.locator("#goods-matrix tbody tr")).to_have_count(6)
    page.locator("#fill-field").select_option("code")
    page.locator("#fill-value").fill("TS")
    page.locator("#fill-go").click()
    page.locator("#fill-where").select_option(label="颜色：黑")
    page.locator("#fill-field").select_option("price")
    page.locator("#fill-value").fill("69.9")
    page.locator("#fill-go").click()
    matrix(page, 0, "price").fill("贵")
    page.locator(".goods-mini").first.click()
    shoot(page, "goods-picker")
    page.locator("#goods-picker .goods-tile").first.click()
    page.locator(".goods-page").click()
    page.keyboard.type("面料：100%棉")
    page.locator("#goods-detail input[type=file]").set_input_files(files[0])
    expect(page.locator(".goods-page img")).to_have_count(1)
    shoot(page, "goods-new")

    page.locator("#goods-save-on-sale").click()
    expect(page.locator("#goods-alert")).to_contain_text("1")
    expect(page.locator("#goods-matrix .goods-error")).to_have_count(1)
    expect(matrix(page, 5, "price")).to_have_value("69.9")
    shoot(page, "goods-refused")
    assert not Product.objects.exists()

    matrix(page, 0, "price").fill("59")
    page.locator("#goods-save-on-sale").click()
    page.wait_for_url(re.compile(r"/product/\d+/change/"))
    product = Product.objects.get()
    shown = product_detail(product.pk)
    assert [spec["values"] for spec in shown["specs"]] == [["白", "黑"], ["S", "M", "L"]]
    assert [(sku["code"], sku["price"]) for sku in shown["skus"]] == [
        ("TS-01", 5900), ("TS-02", 5900), ("TS-03", 5900), ("TS-04", 6990), ("TS-05", 6990), ("TS-06", 6990),
    ]  # fmt: skip
    assert len(shown["media"]) == 3
    assert "<img" in shown["detail"]
    assert "面料：100%棉" in shown["detail"]
    shoot(page, "goods-edit")
    page.goto(f"{live_server.url}/admin/catalog/product/")
    shoot(page, "goods-list")
