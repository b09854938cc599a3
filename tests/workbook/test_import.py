"""Import: preview first, then every product once, through the services that the console uses."""

from typing import Any

import pytest

from catalog.models import (
    Attribute,
    Brand,
    Category,
    Media,
    PriceChange,
    Product,
    Sku,
    Stock,
    StockMovement,
    Tag,
)
from catalog.services.products import delete_product
from shop.core.actors import Actor
from shop.core.models import AuditEntry
from tests.catalog.factories import SYSTEM, make_product
from tests.workbook.books import TEA, import_book, issues, picture, upload, xlsx, zip_of

pytestmark = pytest.mark.django_db

FULL = {
    **TEA,
    "副标题": "手工炒制",
    "品牌": "山间集",
    "标签": "新品、热卖",
    "规格": "净含量:100克;包装:罐装",
    "划线价(元)": 198,
    "成本(元)": "80.00",
    "重量(克)": 150,
    "条码": 6901234567892,
    "预警库存": 5,
    "安全库存": 2,
    "商品图片": "1.png;2.png",
    "SKU图片": "2.png",
    "商品详情": "<p>一芽一叶</p><script>x</script>",
    "详情图片": "3.png",
    "属性": "产地:杭州;工艺:手工",
    "单笔限购": 9,
    "服务保障": "正品保证、48小时发货",
    "状态": "上架",
    "排序": 3,
}

Rows = list[dict[str, Any]]
UNREADABLE_OR_MISSING: Rows = [
    {
        "商品编码": "A",
        "SKU编码": "A 1!",
        "商品名称": "x" * 121,
        "分类": "a/b/c/d/e",
        "价格(元)": "12.345",
    },
    {"商品编码": "B", "SKU编码": "B-1", "价格(元)": 0, "库存": -1, "条码": "123", "属性": "产地"},
]
"""Rows 3 and 4: what was typed cannot be such a value, or is missing."""
THE_SAME_SKU_TWICE: Rows = [
    {
        "商品编码": "C",
        "SKU编码": "C-1",
        "商品名称": "甲",
        "分类": "茶",
        "价格(元)": 5,
        "划线价(元)": 4,
        "状态": "卖",
        "虚拟商品": "也许",
    },
    {
        "商品编码": "C",
        "SKU编码": "C-1",
        "商品名称": "乙",
        "价格(元)": 5,
        "定时上架": "明天",
        "定时下架": "2020-01-01 00:00",
    },
]
"""Rows 5 and 6: one SKU on two rows that disagree, with choices and moments that are none."""
POINTS_AT_NOTHING: Rows = [
    {
        "商品编码": "F",
        "SKU编码": None,
        "商品名称": "己",
        "分类": "茶",
        "价格(元)": 5,
        "状态": "上架",
        "商品图片": "no.png",
        "运费模板": "没有",
    },
]
"""Row 9: no SKU code, and a picture and a freight template that do not exist."""
REPEATED_SPECS: Rows = [
    {
        "商品编码": "G",
        "SKU编码": "G-1",
        "商品名称": "庚",
        "分类": "茶",
        "价格(元)": 5,
        "规格": "色:白;色:黑",
    },
    {"商品编码": "H", "SKU编码": "H-1", "商品名称": "辛", "分类": "茶", "价格(元)": 5, "规格": "色:白"},
    {"商品编码": "H", "SKU编码": "H-2", "价格(元)": 5, "规格": "色:白"},
]
"""Rows 10 to 12: a name twice in one specification, a specification twice in one product."""
MISTAKES = [
    (3, "category", "too_deep"),
    (3, "price", "invalid_amount"),
    (3, "sku_code", "invalid"),
    (3, "title", "max_length"),
    (4, "attributes", "not_a_pair"),
    (4, "barcode", "invalid_gtin"),
    (4, "category", "required"),
    (4, "price", "out_of_range"),
    (4, "stock", "out_of_range"),
    (4, "title", "required"),
    (5, "is_virtual", "invalid_flag"),
    (5, "market_price", "below_price"),
    (5, "off_sale_at", "in_the_past"),
    (5, "state", "invalid_choice"),
    (6, "on_sale_at", "invalid_moment"),
    (6, "sku_code", "duplicate"),
    (6, "spec", "duplicate"),
    (6, "title", "conflict"),
    (7, "product_code", "other_product"),
    (8, "product_code", "product_deleted"),
    (8, "spec", "duplicate"),
    (9, "freight_template", "unknown"),
    (9, "images", "picture_missing"),
    (9, "sku_code", "required"),
    (10, "spec", "duplicate_name"),
    (12, "spec", "duplicate"),
]
"""Row, column and code of each, in the order of the report."""


def counts() -> tuple[int, ...]:
    models = (Product, Sku, Category, Brand, Tag, Attribute, Media, StockMovement, PriceChange)
    return tuple(model.objects.count() for model in models)


def test_a_whole_product_comes_in() -> None:
    """Given a row that fills every cell, when it is imported, then each cell is where it belongs."""
    pictures = {f"{n}.png": picture() for n in (1, 2, 3)}
    run = import_book(
        xlsx(
            FULL,
            {
                "商品编码": "TEA",
                "SKU编码": "TEA-200",
                "规格": "净含量:200克;包装:罐装",
                "价格(元)": "¥３28.5",
            },
        ),
        zip_of(pictures),
    )
    assert (run.state, run.created, run.updated, run.failed) == ("done", 1, 0, 0)

    product = Product.objects.get(code="TEA")
    assert product.title == "狮峰龙井"
    assert product.category.name == "茶叶"
    assert Category.objects.get_parent(product.category).name == "食品"
    assert product.brand is not None
    assert product.brand.name == "山间集"
    assert sorted(tag.name for tag in product.tags.all()) == ["新品", "热卖"]
    assert product.state == "on_sale"
    assert product.detail == "<p>一芽一叶</p>"
    assert product.attributes == {"产地": "杭州", "工艺": "手工"}
    assert product.spec_names == ["净含量", "包装"]
    assert [sku.price for sku in product.skus.all()] == [16800, 32850]
    first = product.skus.get(code="TEA-100")
    assert (first.market_price, first.cost, first.weight_g, first.barcode) == (
        19800,
        8000,
        150,
        "6901234567892",
    )
    stock = Stock.objects.get(sku=first)
    assert (stock.on_hand, stock.warning_level, stock.safety_level) == (20, 5, 2)
    assert [(m.in_detail, m.position) for m in product.media.order_by("position")] == [
        (False, 0),
        (False, 1),
        (True, 2),
    ]
    assert first.image_id == product.media.order_by("position")[1].pk
    assert Media.objects.count() == 3
    assert AuditEntry.objects.filter(action="catalog.import_goods").count() == 2


def test_the_preview_writes_nothing() -> None:
    before = counts()
    run = upload(xlsx(FULL), zip_of({f"{n}.png": picture() for n in (1, 2, 3)}))
    assert run.state == "previewed"
    assert run.counts["new"] == 1
    assert run.summary["new"] == {
        "categories": ["食品", "食品/茶叶"],
        "brands": ["山间集"],
        "tags": ["新品", "热卖"],
        "promises": ["48小时发货", "正品保证"],
        "attributes": ["产地", "工艺"],
    }
    assert counts() == before


def test_an_update_shows_each_difference_and_writes_only_those() -> None:
    """Given an imported product, when one price and the title change, then the preview says exactly that."""
    import_book(xlsx(TEA))
    run = upload(xlsx({**TEA, "商品名称": "西湖龙井", "价格(元)": 158}))
    item = run.items.get()
    assert (item.verdict, item.state) == ("changed", "waiting")
    assert [tuple(d[:4]) for d in item.differences] == [
        ("title", 2, "狮峰龙井", "西湖龙井"),
        ("price", 2, "168.00", "158.00"),
    ]
    run = import_book(xlsx({**TEA, "商品名称": "西湖龙井", "价格(元)": 158}))
    assert (run.created, run.updated) == (0, 1)
    assert Product.objects.get().title == "西湖龙井"
    assert PriceChange.objects.count() == 2
    assert StockMovement.objects.count() == 1

    again = upload(xlsx({**TEA, "商品名称": "西湖龙井", "价格(元)": 158}))
    assert again.counts["unchanged"] == 1


def test_a_price_list_of_sku_codes_is_enough() -> None:
    """Given products, when a workbook has only SKU code and price, then all else stays as it is."""
    product = make_product(title="茶", subtitle="好喝")
    code = product.skus.get().code
    run = import_book(xlsx({"SKU编码": code, "价格(元)": 12.3}))
    assert (run.updated, run.failed) == (1, 0)
    product.refresh_from_db()
    assert (product.title, product.subtitle, product.min_price, product.media.count()) == (
        "茶",
        "好喝",
        1230,
        1,
    )


def test_stock_changes_only_where_the_cell_is_filled_and_differs() -> None:
    import_book(xlsx(TEA))
    import_book(xlsx({**TEA, "库存": None, "商品名称": "甲"}))
    import_book(xlsx({**TEA, "库存": 20, "商品名称": "乙"}))
    import_book(xlsx({**TEA, "库存": 3, "商品名称": "丙"}), with_stock=False)
    assert Stock.objects.get().on_hand == 20
    assert StockMovement.objects.count() == 1
    import_book(xlsx({**TEA, "库存": 7}))
    assert Stock.objects.get().on_hand == 7
    assert list(StockMovement.objects.order_by("id").values_list("kind", "on_hand_after")) == [
        ("stock_take", 20),
        ("stock_take", 7),
    ]


def test_a_sku_is_taken_off_and_put_back() -> None:
    two = [
        {**TEA, "规格": "净含量:100克"},
        {"商品编码": "TEA", "SKU编码": "TEA-200", "规格": "净含量:200克", "价格(元)": 300},
    ]
    import_book(xlsx(*two))
    import_book(xlsx({"SKU编码": "TEA-200", "SKU启用": "否"}))
    assert not Sku.objects.get(code="TEA-200").is_active
    assert upload(xlsx({"SKU编码": "TEA-200", "SKU启用": "否"})).counts["unchanged"] == 1
    import_book(xlsx({"SKU编码": "TEA-200", "SKU启用": "是"}))
    assert Sku.objects.get(code="TEA-200").is_active


def test_codes_and_numbers_survive_the_way_people_type_them() -> None:
    """Codes keep zeros and never become numbers; full-width digits and stray spaces are made ordinary."""
    run = import_book(
        xlsx(
            {
                **TEA,
                "商品编码": "００１",
                "SKU编码": " ００123\u200b",
                "价格(元)": "１２．５０",
                "库存": "1,000",
            },
            {**TEA, "商品编码": "1e5", "SKU编码": "1e5", "价格(元)": 0.1 + 0.2, "库存": 7.0},
            {**TEA, "商品编码": 5, "SKU编码": 4006, "价格(元)": "￥1,280", "库存": None},
        )
    )
    assert run.failed == 0
    assert issues(run) == []
    found = Sku.objects.order_by("code").values_list("code", "product__code", "price", "stocks__on_hand")
    assert sorted(found) == [("00123", "001", 1250, 1000), ("1e5", "1e5", 30, 7), ("4006", "5", 128000, 0)]


def test_every_mistake_is_reported_at_its_cell_at_once() -> None:
    """Given a sheet full of mistakes, then each has its row, column and code, and good rows still come in."""
    make_product(skus=None)
    gone = make_product()
    delete_product(actor=SYSTEM, product_id=gone.pk)
    other = Sku.objects.filter(product__is_deleted=False).get()
    good = {**TEA, "商品编码": "OK", "SKU编码": "OK-1"}
    rows: Rows = [
        good,
        *UNREADABLE_OR_MISSING,
        *THE_SAME_SKU_TWICE,
        {"商品编码": "D", "SKU编码": other.code, "商品名称": "丁", "分类": "茶", "价格(元)": 5},
        {"商品编码": gone.code, "SKU编码": "E-1", "价格(元)": 5},
        *POINTS_AT_NOTHING,
        *REPEATED_SPECS,
    ]
    run = import_book(xlsx(*rows))
    assert issues(run) == MISTAKES
    assert run.created == 1
    assert Product.objects.filter(code="OK").exists()
    assert not Product.objects.filter(code__in=list("ABCDFGH")).exists()
    everything = " ".join(run.issues.values_list("message", flat=True))
    assert "%(" not in everything


def test_doubtful_words_and_unproven_prices_only_warn() -> None:
    run = import_book(xlsx({**TEA, "商品名称": "全网第一龙井", "划线价(元)": 999}))
    assert (2, "title", "advertising_word") in issues(run, warnings=True)
    assert (2, "market_price", "market_price_unproven") in issues(run, warnings=True)
    assert run.created == 1


def test_an_unknown_column_is_left_out_with_a_warning_and_a_missing_one_refused() -> None:
    run = upload(xlsx({**TEA, "颜值": "高"}))
    assert issues(run, warnings=True) == [(0, "", "unknown_column")]
    assert run.counts["new"] == 1
    without = {key: value for key, value in TEA.items() if key != "SKU编码"}
    run = upload(xlsx(without))
    assert (0, "sku_code", "column_missing") in issues(run)


def test_english_headings_and_the_default_first_sheet() -> None:
    english = {"Product code": "X", "Title": "Tea", "Category": "Food", "SKU code": "X-1", "Price (yuan)": 1}
    book = xlsx(english)
    run = import_book(book.replace("商品".encode(), "商品".encode()))
    assert run.created == 1


def test_staff_import_only_what_they_may_do_by_hand(django_user_model: Any) -> None:
    from shop.core.access import role_group, sync_roles
    from shop.core.errors import Forbidden
    from shop.core.permissions import Role

    sync_roles()
    clerk = django_user_model.objects.create_user("clerk", is_staff=True)
    clerk.groups.add(role_group(Role.CLERK))
    with pytest.raises(Forbidden):
        upload(xlsx(TEA), actor=Actor.staff(clerk))
    operator = django_user_model.objects.create_user("operator", is_staff=True)
    operator.groups.add(role_group(Role.OPERATIONS))
    assert import_book(xlsx(TEA), actor=Actor.staff(operator)).created == 1
    assert AuditEntry.objects.filter(action="catalog.edit_product", actor_label="operator").exists()
