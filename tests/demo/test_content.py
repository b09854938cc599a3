"""The demonstration goods: believable, lawful, complete, and rebuilt to the byte."""

import hashlib
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from catalog.rules.gtin import is_gtin
from catalog.rules.pictures import MAX_PICTURE_BYTES, WIDTHS
from catalog.rules.wording import check_wording
from catalog.workbook.columns import BRANDS, CATEGORIES, MAX_FILE_BYTES, PRODUCTS, SHEETS, STORES
from demo.build import WORKBOOK, write_workbook
from demo.drawing.goods import KINDS
from demo.pictures import PICTURES, encode, planned
from demo.source import FOLDER, load_categories, load_products, load_shop
from members.regions import normalise_region
from shop.core.sheets.reading import read_workbook

pytestmark = pytest.mark.lasts(15)

FIRST_PAGE = 20
MOST_BYTES = 6 * 1024 * 1024


def first_page():
    """Return the products that the default sort shows first; among equals the newest, imported last."""
    numbered = list(enumerate(load_products()))
    numbered.sort(key=lambda row: (-int(row[1].values["position"]), -row[0]))
    return [product for _number, product in numbered[:FIRST_PAGE]]


def test_there_is_enough_of_everything():
    products = list(load_products())
    assert len(products) >= 120
    assert len(load_categories()) == 12
    assert all(2 <= len(product.skus) <= 6 for product in products)
    assert all(len(category.products) >= 10 for category in load_categories())
    assert sum(bool(product.values["is_virtual"]) for product in products) >= 4
    assert any(not product.values["no_reason_return"] for product in products)
    assert any(product.values["limit_per_order"] for product in products)
    assert any(product.values["limit_per_member"] for product in products)
    assert len(load_shop()["store"]) == 3


def test_codes_and_barcodes_are_unique_and_right():
    skus = [sku for product in load_products() for sku in product.skus]
    codes = [sku.code for sku in skus]
    barcodes = [sku.barcode for sku in skus if sku.barcode]
    assert len(set(codes)) == len(codes)
    assert len(set(barcodes)) == len(barcodes) > 100
    assert all(is_gtin(code) for code in barcodes)
    products = [product.code for product in load_products()]
    assert len(set(products)) == len(products)
    titles = [product.values["title"] for product in load_products()]
    assert len(set(titles)) == len(titles)


def test_prices_are_sensible():
    for product in load_products():
        for sku in product.skus:
            assert Decimal(5) <= sku.price <= Decimal(2000), sku.code
            assert sku.price == sku.price.quantize(Decimal("0.01"))
            assert Decimal(0) < sku.cost < sku.price, sku.code
            assert sku.market_price is None or sku.price < sku.market_price <= sku.price * 2, sku.code


def test_the_first_page_has_scarce_and_plentiful_goods():
    stocks = [sku.stock for product in first_page() for sku in product.skus]
    assert sum(5 <= stock <= 100 for stock in stocks) >= 10
    assert sum(stock >= 500 for stock in stocks) >= 10
    everything = [(sku.stock, product.warning) for product in load_products() for sku in product.skus]
    assert sum(stock == 0 for stock, _warning in everything) >= 5
    assert sum(0 < stock <= warning for stock, warning in everything) >= 10


def test_the_copy_warns_of_nothing():
    texts = {
        f"{product.code}.{name}": str(text)
        for product in load_products()
        for name, text in {**product.values, "detail": product.detail}.items()
    }
    shop = load_shop()
    texts |= {brand["name"]: brand["story"] for brand in shop["brand"]} | shop["promises"]
    assert check_wording(texts) == []


def test_stores_stand_where_their_addresses_say():
    for store in load_shop()["store"]:
        region = (store["province"], store["city"], store["district"])
        found = normalise_region(province=store["province"], city=store["city"], district=store["district"])
        assert (found.province, found.city, found.district) == region
        assert 30 < float(store["latitude"]) < 32
        assert 119 < float(store["longitude"]) < 122


def test_the_workbook_is_read_whole(tmp_path: Path):
    with WORKBOOK.open("rb") as file:
        tables = read_workbook(file, sheets=SHEETS, max_bytes=MAX_FILE_BYTES)
    assert not any([*table.issues, *table.unknown] for table in tables.values())
    assert len(tables[PRODUCTS.key].rows) == sum(len(product.skus) for product in load_products())
    assert len(tables[BRANDS.key].rows) == len(load_shop()["brand"])
    assert len(tables[STORES.key].rows) == 3
    assert len(tables[CATEGORIES.key].rows) == 12 + len(
        {category.path.split("/")[0] for category in load_categories()}
    )


def test_the_shipped_workbook_is_what_the_source_says(tmp_path: Path):
    built = tmp_path / "goods.xlsx"
    write_workbook(built)
    assert hashlib.sha256(built.read_bytes()).digest() == hashlib.sha256(WORKBOOK.read_bytes()).digest()


def test_every_picture_is_there_small_square_and_painted():
    wanted = {name for name, _draw in planned()}
    assert {path.name for path in PICTURES.glob("*")} == wanted
    assert sum((PICTURES / name).stat().st_size for name in wanted) <= MOST_BYTES
    for picture in {picture for product in load_products() for picture in product.pictures}:
        path = PICTURES / picture.name
        assert path.stat().st_size < MAX_PICTURE_BYTES
        with Image.open(path) as image:
            assert image.format == "JPEG"
            assert image.size == (max(WIDTHS), max(WIDTHS))
            assert min(ImageStat.Stat(image.convert("L")).stddev) > 4, path.name


def test_each_kind_of_goods_is_drawn_for_some_product():
    assert {picture.art.kind for product in load_products() for picture in product.pictures} <= set(KINDS)
    looks = {
        picture.name: (picture.art, picture.wall)
        for product in load_products()
        for picture in product.pictures
    }
    assert len(set(looks.values())) > len(looks) * 0.9


@pytest.mark.timeout(900)
def test_drawing_anew_gives_the_shipped_pictures():
    """One picture of every kind of goods, a brand's sign and a banner; JPEG's own noise is allowed for."""
    kinds = {
        picture.art.kind: picture.name
        for product in reversed(list(load_products()))
        for picture in product.pictures
    }
    drawings = dict(planned())
    for name in [*kinds.values(), "brand-03.jpg", "banner-tea.jpg"]:
        drawn = drawings[name]()
        with Image.open(PICTURES / name) as shipped:
            assert drawn.size == shipped.size
            difference = ImageStat.Stat(ImageChops.difference(drawn, shipped.convert("RGB")))
        assert max(difference.mean) < 2.5, name


def test_the_same_drawing_gives_the_same_bytes():
    draw = dict(planned())["cup-mug-2.jpg"]
    assert encode(draw()) == encode(draw())


def test_the_home_page_names_what_exists():
    home = tomllib.loads((FOLDER / "home.toml").read_text(encoding="utf-8"))
    items = [item for section in home["section"] for item in section.get("items", ())]
    assert {item["link"]["category"] for item in items} <= {category.path for category in load_categories()}
    assert all((PICTURES / item["image"]).exists() for item in items)
    named = [code for section in home["section"] for code in section.get("products", ())]
    assert set(named) <= {product.code for product in load_products()}
    assert {section["kind"] for section in home["section"]} == {"banners", "shortcuts", "products"}
