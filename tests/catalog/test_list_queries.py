"""Lists, details, trees and stores: right rows in the right order, in a constant number of queries."""

import pytest

from catalog.models import Attribute, Brand, Category, Location, ServicePromise, Store, Tag
from catalog.queries import (
    ProductFilters,
    available_of,
    category_tree,
    known_products,
    list_page,
    list_products,
    product_cards,
    product_detail,
    stores_by_distance,
)
from catalog.queries.listing import SORTS
from catalog.queries.taxonomy import filter_attributes
from catalog.rules.products import SkuFields
from catalog.services.products import delete_product, set_product_state
from catalog.services.stock import Demand, receive_stock
from shop.core.errors import NotFound
from tests.catalog.factories import SYSTEM, make_category, make_picture, make_product

pytestmark = pytest.mark.django_db


def titles(sort="default", **filters):
    found = list_products(ProductFilters(**filters), sort=sort)
    return [row.card["title"] for row in list_page(found, order=found.order, after=None, limit=100)]


def priced(price, **sku):
    return [SkuFields(f"C-{price}", price, **sku)]


def test_only_what_is_on_sale_is_listed():
    make_product(title="草稿", on_sale=False)
    off, gone = make_product(title="下架"), make_product(title="回收站")
    set_product_state(actor=SYSTEM, product_id=off.pk, state="off_sale")
    delete_product(actor=SYSTEM, product_id=gone.pk)
    make_product(title="在售")
    assert titles() == ["在售"]


def test_sorts():
    for title, position, price, sales in (("甲", 1, 300, 5), ("乙", 3, 100, 9), ("丙", 2, 200, 1)):
        product = make_product(title=title, position=position, skus=priced(price))
        product.sales = sales
        product.save(update_fields=["sales"])
    orders = {sort: "".join(titles(sort)) for sort in SORTS}
    assert orders == {
        "default": "乙丙甲",
        "sales": "乙甲丙",
        "price": "乙丙甲",
        "-price": "甲丙乙",
        "new": "丙乙甲",
    }
    with pytest.raises(KeyError):
        list_products(ProductFilters(), sort="random")


def test_filters():
    clothes = make_category("服装")
    shirts = make_category("衬衫", parent=clothes)
    secret = make_category("内部", is_visible=False)
    brand, tag = Brand.objects.create(name="青禾"), Tag.objects.create(name="新品")
    make_product(title="裤", category_id=clothes.pk, skus=priced(100), attributes={"材质": "棉"}, stock=0)
    make_product(
        title="衫",
        category_id=shirts.pk,
        skus=priced(200),
        attributes={"材质": "麻", "产地": "苏州"},
        brand_id=brand.pk,
        tag_ids=(tag.pk,),
    )
    third = make_product(title="杯", category_id=secret.pk, skus=priced(300))
    assert titles(category=clothes.pk) == ["衫", "裤"]
    assert titles(category=shirts.pk) == ["衫"]
    assert titles(category=secret.pk) == titles(category=987654321) == []
    assert titles(brand=brand.pk) == titles(tag=tag.pk) == ["衫"]
    assert titles(min_price=200) == ["杯", "衫"]
    assert titles(min_price=101, max_price=299) == ["衫"]
    assert titles(attributes={"材质": ["棉", "麻"]}) == ["衫", "裤"]
    assert titles(attributes={"材质": ["棉", "麻"], "产地": ["苏州"]}) == ["衫"]
    assert titles(attributes={"材质": []}) == ["杯", "衫", "裤"]
    assert titles(in_stock=True) == ["杯", "衫"]
    assert titles(ids=[third.pk]) == ["杯"]
    assert titles(q="青禾", sort="price") == ["衫"]


def test_a_row_as_the_api_shows_it():
    tags = [Tag.objects.create(name=name, position=place).pk for place, name in enumerate(("新品", "热卖"))]
    picture = make_picture(renditions={"400": "products/a_400.webp"})
    skus = [
        SkuFields("A", 300, {"码": "大"}, market_price=900),
        SkuFields("B", 200, {"码": "小"}, market_price=400),
    ]
    product = make_product(
        title="碗",
        subtitle="好碗",
        spec_names=("码",),
        skus=skus,
        tag_ids=tuple(tags),
        media_ids=(picture.pk,),
    )
    draft = make_product(on_sale=False)
    cards = product_cards([draft.pk, product.pk, 987654321, product.pk])
    assert cards == [
        {
            "id": product.pk,
            "title": "碗",
            "subtitle": "好碗",
            "image": "/media/products/a_400.webp",
            "price": 200,
            "market_price": 400,
            "sales": 0,
            "tags": ["新品", "热卖"],
            "in_stock": True,
        }
    ]


def test_known_products_stay_named_when_they_are_no_longer_on_sale(django_assert_num_queries):
    """Given products on sale, off it and deleted, then one query names them all and says which can be had."""
    picture = make_picture(file="products/a.jpg", renditions={"400": "products/a_400.webp"})
    product = make_product(title="碗", skus=priced(300), media_ids=(picture.pk,))
    off_sale, deleted = make_product(title="杯", on_sale=False), make_product(title="盘")
    delete_product(actor=SYSTEM, product_id=deleted.pk)
    with django_assert_num_queries(1):
        known = known_products([off_sale.pk, product.pk, deleted.pk, 987654321, product.pk])
    assert {pk: row["available"] for pk, row in known.items()} == {
        product.pk: True,
        off_sale.pk: False,
        deleted.pk: False,
    }
    assert known[product.pk] == {
        "id": product.pk,
        "title": "碗",
        "image": "/media/products/a_400.webp",
        "price": 300,
        "available": True,
    }
    with django_assert_num_queries(0):
        assert known_products([]) == {}


@pytest.mark.parametrize("count", [1, 30])
def test_the_number_of_queries_does_not_grow_with_the_products(count, django_assert_num_queries):
    category = make_category()
    for _ in range(count):
        product = make_product(category_id=category.pk, title="纯棉短袖")
    with django_assert_num_queries(1):
        assert len(titles()) == count
    with django_assert_num_queries(0):
        assert product_cards([]) == []
    with django_assert_num_queries(3):  # the categories below, the search, the list
        assert len(titles(q="短袖", category=category.pk)) == count
    with django_assert_num_queries(6):
        product_detail(product.pk)


def test_a_product_page():
    brand, promise = Brand.objects.create(name="青禾"), ServicePromise.objects.create(name="48小时发货")
    Attribute.objects.create(name="产地", position=1)
    Attribute.objects.create(name="材质", position=2)
    detail_picture = make_picture(in_detail=True)
    skus = [
        SkuFields("WL", 300, {"颜色": "白", "尺码": "L"}),
        SkuFields("BL", 200, {"颜色": "黑", "尺码": "L"}, barcode="6901028075831", image_id=None),
        SkuFields("XX", 100, {"颜色": "红", "尺码": "L"}, is_active=False),
    ]
    product = make_product(
        title="碗",
        spec_names=("颜色", "尺码"),
        skus=skus,
        brand_id=brand.pk,
        promise_ids=(promise.pk,),
        attributes={"材质": "棉", "产地": "苏州", "甲": "乙"},
        media_ids=(make_picture().pk, detail_picture.pk),
        stock=4,
    )
    page = product_detail(product.pk)
    assert (page["price"], page["max_price"], page["brand"]["name"]) == (200, 300, "青禾")
    assert page["specs"] == [
        {"name": "颜色", "values": ["白", "黑"]},
        {"name": "尺码", "values": ["L"]},
    ]
    assert [(sku["code"], sku["available"], sku["barcode"]) for sku in page["skus"]] == [
        ("WL", 4, ""),
        ("BL", 4, "6901028075831"),
    ]
    assert list(page["skus"][0]["spec"]) == ["颜色", "尺码"]
    assert [item["name"] for item in page["attributes"]] == ["产地", "材质", "甲"]
    assert [item["kind"] for item in page["media"]] == ["image"]
    assert page["promises"] == [{"id": promise.pk, "name": "48小时发货", "description": ""}]
    assert page["freight"]["flat_fee"] == 800
    assert available_of(product.pk) == {sku["id"]: 4 for sku in page["skus"]}


def test_virtual_goods_have_no_freight_and_absent_products_no_page():
    virtual = make_product(is_virtual=True, media_ids=(make_picture().pk,))
    assert product_detail(virtual.pk)["freight"] is None
    off = make_product(on_sale=False)
    for pk in (off.pk, 987654321):
        with pytest.raises(NotFound):
            product_detail(pk)


def test_the_category_tree_hides_what_lies_below_a_hidden_one(django_assert_num_queries):
    food, clothes = make_category("食品"), make_category("服装", image="categories/a.png")
    tea = make_category("茶", parent=food)
    make_category("绿茶", parent=tea)
    hidden = make_category("内部", parent=food, is_visible=False)
    make_category("样品", parent=hidden)
    with django_assert_num_queries(1):
        tree = category_tree()
    assert [node["name"] for node in tree] == ["食品", "服装"]
    assert tree[0]["children"][0]["children"][0]["name"] == "绿茶"
    assert [node["name"] for node in tree[0]["children"]] == ["茶"]
    assert (tree[1]["image"], tree[1]["id"], tree[1]["children"]) == (
        "/media/categories/a.png",
        clothes.pk,
        [],
    )


def test_the_filters_that_a_category_offers():
    top = make_category("服装")
    leaf = make_category("衬衫", parent=top)
    for place, (name, category, is_filter) in enumerate(
        (
            ("产地", None, True),
            ("材质", top, True),
            ("领型", leaf, True),
            ("货号", None, False),
            ("酒精度", make_category(), True),
        )
    ):
        Attribute.objects.create(name=name, category=category, is_filter=is_filter, position=place)
    assert filter_attributes(leaf.pk) == ["产地", "材质", "领型"]
    assert filter_attributes(top.pk) == ["产地", "材质"]
    assert filter_attributes(987654321) == ["产地"]


def make_store(name, latitude, longitude, **fields):
    place = {"province": "上海市", "city": "上海市", "detail": "某路1号"}
    return Store.objects.create(name=name, latitude=latitude, longitude=longitude, **place, **fields)


def test_stores_by_distance():
    make_store("外滩", 31.2400, 121.4900, position=3)
    make_store("虹桥", 31.1979, 121.3363, position=1)
    make_store("杭州", 30.2741, 120.1551, position=2)
    make_store("关门", 31.2400, 121.4900, is_open=False)
    rows, order = stores_by_distance(latitude=31.2304, longitude=121.4737)
    assert order == ("distance", "id")
    assert [row["name"] for row in rows] == ["外滩", "虹桥", "杭州"]
    near, middle, far = (row["distance"] for row in rows)
    assert 1850 < near < 1910
    assert 13_500 < middle < 13_700
    assert 164_000 < far < 166_000
    rows, order = stores_by_distance()
    assert ([row["name"] for row in rows], order) == (["虹桥", "杭州", "外滩"], ("position", "id"))
    assert [row["distance"] for row in rows] == [None, None, None]


def test_stores_that_have_a_product():
    product = make_product()
    store, other = make_store("外滩", 31, 121), make_store("虹桥", 31, 121)
    place = Location.objects.create(name="外滩店仓", kind="store", store=store)
    Location.objects.create(name="虹桥店仓", kind="store", store=other)
    lines = [Demand(product.skus.get().pk, 1)]
    receive_stock(actor=SYSTEM, location_id=place.pk, lines=lines, reference="IN", reason="x")
    rows, _order = stores_by_distance(product_id=product.pk)
    assert [row["name"] for row in rows] == ["外滩"]
    assert Category.objects.count() == 1
