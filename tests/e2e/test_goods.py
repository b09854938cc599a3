"""Goods in a real browser: a product made from nothing, put on sale, edited by two people at once."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from PIL import Image, ImageDraw
from playwright.sync_api import BrowserContext, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from catalog.models import Brand, Category, Product, ServicePromise, Sku, Stock, StockDocument, Tag
from catalog.queries import product_detail
from catalog.services.media import upload_media
from catalog.services.products import product_fields, update_product
from catalog.services.stock import Demand, reserve_stock
from shop.core.db import transaction
from shop.core.redis import client as redis_client
from shop.core.redis import resume
from tests.catalog.factories import SYSTEM, make_category, make_freight, make_product, make_warehouse

pytestmark = [pytest.mark.lasts(20), pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Shoot = Callable[[Page, str], None]
Enter = Callable[..., User]


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab whose scripts may be refused (400, 409), as these tests want, but never fail."""
    tab = context.new_page()
    troubles: list[str] = []
    tab.on("pageerror", lambda error: troubles.append(str(error)))
    tab.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    yield tab
    assert [line for line in troubles if not re.search(r"status of (400|409)", line)] == []


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


def drawn(tmp_path: Path, colour: str) -> tuple[int, ...]:
    """Return the id of an uploaded picture, as ``media_ids`` wants it."""
    content = picture(tmp_path / f"{colour}.jpg", colour, "").read_bytes()
    return (upload_media(actor=SYSTEM, content=content).pk,)


def matrix(page: Page, row: int, column: str) -> Locator:
    return page.locator(f"#goods-matrix input[data-row='{row}'][data-column='{column}']")


def type_the_basics(page: Page) -> None:
    """Title (a forbidden word is found, then taken out), category, brand and a tag."""
    page.locator("#f-title").fill("山野纯棉短袖T恤 全网第一")
    page.locator("#f-subtitle").fill("亲肤透气，春夏百搭")
    expect(page.locator("[data-finding=title]")).to_contain_text("全网第一")
    page.locator("#f-title").fill("山野纯棉短袖T恤")
    expect(page.locator("[data-finding=title]")).to_have_text("")
    page.locator("#f-category").select_option(label="服饰 / T恤")
    page.locator("#f-brand").select_option(label="山野")
    page.get_by_text("新品", exact=True).click()


def type_six_specifications(page: Page) -> None:
    """Two colours by three sizes; the first price is typed between the two."""
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


def fill_the_matrix(page: Page) -> None:
    """All codes at once, then the price of the black ones."""
    page.locator("#fill-field").select_option("code")
    page.locator("#fill-value").fill("TS")
    page.locator("#fill-go").click()
    page.locator("#fill-where").select_option(label="颜色：黑")
    page.locator("#fill-field").select_option("price")
    page.locator("#fill-value").fill("69.9")
    page.locator("#fill-go").click()


def place_pictures(page: Page, shoot: Shoot, file: Path) -> None:
    """One from the picker for a SKU, one from disk for the detail page, below its text."""
    page.locator(".goods-mini").first.click()
    shoot(page, "goods-picker")
    page.locator("#goods-picker .goods-tile").first.click()
    page.locator(".goods-page").click()
    page.keyboard.type("面料：100%棉")
    page.locator("#goods-detail input[type=file]").set_input_files(file)
    expect(page.locator(".goods-page img")).to_have_count(1)


def be_refused_for_a_wrong_price(page: Page, shoot: Shoot) -> None:
    """Nothing typed is lost, nothing is saved."""
    page.locator("#goods-save-on-sale").click()
    expect(page.locator("#goods-alert")).to_contain_text("1")
    expect(page.locator("#goods-matrix .goods-error")).to_have_count(1)
    expect(matrix(page, 5, "price")).to_have_value("69.9")
    shoot(page, "goods-refused")
    assert not Product.objects.exists()


def assert_six_skus_are_sold(product: Product) -> None:
    shown = product_detail(product.pk)
    assert [spec["values"] for spec in shown["specs"]] == [["白", "黑"], ["S", "M", "L"]]
    assert [(sku["code"], sku["price"]) for sku in shown["skus"]] == [
        ("TS-01", 5900), ("TS-02", 5900), ("TS-03", 5900), ("TS-04", 6990), ("TS-05", 6990), ("TS-06", 6990),
    ]  # fmt: skip
    assert len(shown["media"]) == 3
    assert "<img" in shown["detail"]
    assert "面料：100%棉" in shown["detail"]


def test_a_product_from_nothing_to_the_shop(
    live_server: LiveServer, page: Page, enter: Enter, shoot: Shoot, shelves: None, tmp_path: Path
) -> None:
    """Given an operator, when they type 2x3 specifications with pictures, then the shop sells 6 SKUs."""
    enter("operations")
    page.goto(f"{live_server.url}/admin/catalog/product/")
    page.goto(f"{live_server.url}/admin/catalog/product/add/")
    type_the_basics(page)
    files = [picture(tmp_path / f"{name}.jpg", name, name) for name in ("teal", "orange", "navy")]
    page.locator("#goods-gallery input[type=file]").set_input_files(files)
    expect(page.locator("#goods-gallery .goods-tile[data-id]")).to_have_count(3)

    type_six_specifications(page)
    fill_the_matrix(page)
    matrix(page, 0, "price").fill("贵")
    place_pictures(page, shoot, files[0])
    shoot(page, "goods-new")

    be_refused_for_a_wrong_price(page, shoot)

    matrix(page, 0, "price").fill("59")
    page.locator("#goods-save-on-sale").click()
    page.wait_for_url(re.compile(r"/product/\d+/change/"))
    assert_six_skus_are_sold(Product.objects.get())
    shoot(page, "goods-edit")
    page.goto(f"{live_server.url}/admin/catalog/product/")
    shoot(page, "goods-list")


def test_two_people_at_one_product(
    live_server: LiveServer, page: Page, enter: Enter, shoot: Shoot, shelves: None, tmp_path: Path
) -> None:
    """Given an open editor, when a colleague saves first, then nothing is lost and nothing overwritten."""
    product = make_product(title="老标题", media_ids=drawn(tmp_path, "olive"))
    enter("operations")
    page.goto(f"{live_server.url}/admin/catalog/product/{product.pk}/change/")
    page.locator("#f-title").fill("我的标题")
    present = Product.objects.get()
    update_product(
        actor=SYSTEM, product_id=product.pk, fields=replace(product_fields(present), title="同事的标题")
    )
    page.keyboard.press("Control+s")
    expect(page.locator("#goods-alert")).to_contain_text("tests")
    expect(page.locator("#f-title")).to_have_value("我的标题")
    shoot(page, "goods-conflict")
    assert Product.objects.get().title == "同事的标题"


def scan_goods_in(page: Page, url: str, shoot: Shoot, tea: Sku, cup: Sku) -> None:
    """Three tea by scanner, 24 cups found by name; refused until there is a reason."""
    page.goto(f"{url}/admin/stock/in/")
    scan = page.locator("#p-scan")
    for _turn in range(3):
        scan.fill(tea.code)
        scan.press("Enter")
        expect(scan).to_have_value("")
    scan.fill("茶杯")
    page.locator(".goods-found__row").first.click()
    expect(page.locator("#p-lines tbody tr")).to_have_count(2)
    page.locator(f"#p-lines tr[data-sku='{cup.pk}'] input").fill("24")
    page.locator("#p-go").click()
    expect(page.locator("[data-error=reason] .goods-error")).to_have_count(1)
    shoot(page, "goods-stock-in")
    page.locator("#p-reason").fill("采购入库")
    page.locator("#p-go").click()
    page.wait_for_url(re.compile(r"/stockdocument/\d+/change/"))
    shoot(page, "goods-document")


def count_by_pasting(page: Page, url: str, shoot: Shoot, tea: Sku, cup: Sku) -> None:
    """Five tea, and fewer cups than are promised: refused, put right to 30, confirmed."""
    page.goto(f"{url}/admin/stock/take/")
    page.locator("#p-paste-open").click()
    page.locator("#p-paste-text").fill(f"{tea.code}\t5\n{cup.code} 2\nNOPE-1 7")
    page.locator("#p-paste-take").click()
    expect(page.locator("#goods-alert")).to_contain_text("NOPE-1")
    page.locator("#p-reason").fill("月度盘点")
    page.locator("#p-go").click()
    expect(page.locator("#p-lines .goods-error")).to_have_count(1)
    expect(page.locator("#p-go")).to_be_disabled()
    shoot(page, "goods-stock-take-below")
    page.locator("#p-back").click()
    page.locator(f"#p-lines tr[data-sku='{cup.pk}'] input").fill("30")
    page.locator("#p-go").click()
    expect(page.locator(f"#p-lines tr[data-sku='{cup.pk}']")).to_contain_text("-4")
    shoot(page, "goods-stock-take")
    page.locator("#p-go").click()
    page.wait_for_url(re.compile(r"/stockdocument/\d+/change/"))


def order_what_is_short(page: Page, url: str, shoot: Shoot, tea: Sku) -> None:
    """Take what has the fewest free pieces from the list to a stock-in."""
    page.goto(f"{url}/admin/stock/replenishment/?sort=free")
    rows = page.locator(".goods-buy tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("正山小种红茶")
    shoot(page, "goods-replenishment")
    rows.nth(0).locator("input[name=sku]").check()
    page.locator("#goods-order button[type=submit]").click()
    expect(page.locator("#p-lines tbody tr")).to_contain_text(tea.code)
    page.locator("#p-lines button").click()


def look_in_english(page: Page, url: str, shoot: Shoot) -> None:
    page.locator("nav#nav-sidebar-inner").get_by_text("warehouse", exact=True).last.click()
    page.get_by_role("button", name=re.compile("English")).click()
    page.goto(f"{url}/admin/stock/replenishment/")
    shoot(page, "goods-replenishment-en")


def test_goods_come_in_are_counted_and_ordered(
    live_server: LiveServer, page: Page, enter: Enter, shoot: Shoot, shelves: None, tmp_path: Path
) -> None:
    """Given a storekeeper, when they scan, count and look what to order, then the book follows."""
    tea = make_product(title="正山小种红茶", stock=0, media_ids=drawn(tmp_path, "maroon")).skus.get()
    cup = make_product(title="白瓷茶杯", stock=10, media_ids=drawn(tmp_path, "teal")).skus.get()
    with transaction():
        reserve_stock(reference="ORDER1", demands=[Demand(cup.pk, 3)], expires_at=None, actor=SYSTEM)
    enter("warehouse")
    scan_goods_in(page, live_server.url, shoot, tea, cup)
    assert on_hand(tea) == 3
    assert on_hand(cup) == 34
    count_by_pasting(page, live_server.url, shoot, tea, cup)
    assert (on_hand(tea), on_hand(cup)) == (5, 30)
    assert list(StockDocument.objects.order_by("pk").values_list("kind", "lines", "pieces"))[-2:] == [
        ("stock_in", 2, 27),
        ("stock_take", 2, -2),
    ]
    order_what_is_short(page, live_server.url, shoot, tea)
    for name in ("stock", "stockmovement"):
        page.goto(f"{live_server.url}/admin/catalog/{name}/")
        shoot(page, f"goods-{name}")
    look_in_english(page, live_server.url, shoot)


def test_the_category_tree(
    live_server: LiveServer, page: Page, enter: Enter, shoot: Shoot, shelves: None
) -> None:
    """Given a tree, when staff add, move and hide, then the tree is as they left it."""
    enter("operations")
    page.goto(f"{live_server.url}/admin/categories/")
    page.locator(".goods-head [data-edit]").click()
    page.locator("#c-form button[type=submit]").click()
    expect(page.locator("#c-form .goods-error")).to_have_count(1)
    page.locator("#c-name").fill("茶叶")
    page.locator("#c-warning").fill("20")
    shoot(page, "goods-category")
    page.locator("#c-form button[type=submit]").click()
    expect(page.locator(".goods-tree tbody tr")).to_have_count(3)
    page.locator(".goods-tree tbody tr").nth(2).locator("[data-do=up]").click()
    expect(page.locator(".goods-tree tbody tr").nth(0)).to_contain_text("茶叶")
    shoot(page, "goods-categories")
    names = Category.objects.order_by("path").values_list("name", "depth", "warning_level")
    assert list(names) == [("茶叶", 1, 20), ("服饰", 1, None), ("T恤", 2, None)]


def on_hand(sku: Sku) -> int:
    return Stock.objects.get(sku=sku, location__is_default=True).on_hand
