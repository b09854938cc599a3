"""Export and import again changes nothing, whatever merchants write into their goods."""

import io
import string
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from catalog.models import Brand, Media, Product, ServicePromise, Sku, Stock, Store, Tag
from catalog.rules.products import ProductFields, SkuFields
from catalog.services.products import create_product, product_fields, set_product_state, sku_fields
from catalog.workbook.columns import PRODUCTS
from shop.core import clock
from shop.core.sheets import escaping
from shop.core.sheets.writing import parts_needed, text_part
from tests.catalog.factories import (
    SYSTEM,
    make_category,
    make_freight,
    make_picture,
    make_product,
    make_warehouse,
)
from tests.workbook.books import TEA, export_book, import_book, issues, picture, upload, xlsx, zip_of

pytestmark = pytest.mark.django_db

ODD = "=+-@'\t\n\r;:、,/\\\"<>& 　；：，／＞＝_x0041__x000D_#😀é\x01\x1f"
odd_text = st.text(st.sampled_from(ODD + string.ascii_letters + "茶叶"), max_size=30)
name = st.text(st.sampled_from(ODD + "ab茶"), min_size=1, max_size=12).filter(lambda text: text.strip())


@given(odd_text)
def test_a_text_survives_the_escape_and_is_no_formula(text: str) -> None:
    escaped = escaping.escape_formula(text)
    assert escaping.unescape_formula(escaped) == text
    assert not escaped.startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.lists(name.map(str.strip), max_size=6))
def test_a_list_survives_one_cell(values: list[str]) -> None:
    for separators in (escaping.LIST_SEPARATORS, escaping.FILE_SEPARATORS, escaping.PATH_SEPARATORS):
        assert (
            escaping.split_list(escaping.join_list(values, separators=separators), separators=separators)
            == values
        )


@given(st.lists(st.tuples(name, name), max_size=5))
def test_pairs_survive_one_cell(pairs: list[tuple[str, str]]) -> None:
    assert escaping.split_pairs(escaping.join_pairs(pairs)) == pairs


@given(st.text(st.sampled_from("a =\n'茶😀\x01"), max_size=300), st.integers(5, 60))
def test_a_long_text_survives_several_cells(text: str, limit: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shop.core.sheets.writing._PART", limit)
        joined = "".join(text_part(text, part) for part in range(1, parts_needed(text) + 1))
    assert joined == text


def cells(content: bytes) -> list[list[Any]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return [list(row) for row in book.get_sheet_by_name("商品").iter_rows()]


def state_of_the_shop() -> list[Any]:
    return [
        *((product_fields(p), p.state, p.code) for p in Product.objects.order_by("pk")),
        *(sku_fields(s) for s in Sku.objects.order_by("pk")),
        *Stock.objects.order_by("pk").values_list("on_hand", "warning_level", "safety_level"),
        Media.objects.count(),
    ]


sku_strategy: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    price=st.integers(1, 10**12),
    market=st.integers(0, 500),
    cost=st.none() | st.just(0) | st.integers(0, 10**12),
    weight_g=st.integers(0, 10**6),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    title=name.filter(lambda text: "\x00" not in text),
    subtitle=odd_text,
    detail=odd_text,
    attributes=st.dictionaries(name.map(str.strip), name.map(str.strip), max_size=3),
    specs=st.lists(
        st.tuples(name.map(str.strip), sku_strategy), min_size=1, max_size=4, unique_by=lambda x: x[0]
    ),
    spec_name=name.map(str.strip),
    tags=st.lists(name.map(str.strip), max_size=3, unique=True),
    on_sale=st.booleans(),
)
def test_export_and_import_change_nothing(
    title: str,
    subtitle: str,
    detail: str,
    attributes: dict[str, str],
    specs: list[tuple[str, dict[str, Any]]],
    spec_name: str,
    tags: list[str],
    on_sale: bool,
) -> None:
    """Given any product that the shop accepts, when it is exported and imported, then nothing changes."""
    make_warehouse()
    make_freight()
    Product.objects.all().update(is_deleted=True)
    labels = [Tag.objects.get_or_create(name=tag)[0].pk for tag in tags]
    fields = ProductFields(
        title=title,
        subtitle=subtitle,
        detail=detail,
        category_id=make_category().pk,
        attributes=attributes,
        spec_names=(spec_name,),
        tag_ids=tuple(labels),
        media_ids=(make_picture().pk, make_picture(in_detail=True).pk),
    )
    number = Sku.objects.count()
    skus = [
        SkuFields(
            code=f"00{number}-{place}",
            spec={spec_name: value},
            price=sku["price"],
            market_price=min(sku["price"] + sku["market"], 10**12) if sku["market"] else None,
            cost=sku["cost"],
            weight_g=sku["weight_g"],
        )
        for place, (value, sku) in enumerate(specs)
    ]
    product = create_product(actor=SYSTEM, fields=fields, skus=skus, unproven="allow")
    if on_sale:
        set_product_state(actor=SYSTEM, product_id=product.pk, state="on_sale")
    before = state_of_the_shop()
    run = upload(export_book())
    assert issues(run) == []
    assert [(i.sheet, i.verdict, i.differences) for i in run.items.exclude(verdict="unchanged")] == []
    assert run.items.filter(sheet="products").count() == 1
    assert state_of_the_shop() == before


def test_a_whole_shop_with_all_its_sheets_round_trips() -> None:
    """Given categories, brands, stores and their stock, when exported and imported, then nothing changes."""
    files = {"t.png": picture(), "b.png": picture(), "c.png": picture()}
    full = {
        **TEA,
        "商品图片": "t.png",
        "SKU图片": "c.png",
        "定时上架": "2099-11-01 10:00",
        "品牌": "集",
        "服务保障": "正品",
    }
    book = xlsx(
        full,
        分类=[{"分类": "食品/茶叶", "图片": "c.png", "预警库存": 9}],
        品牌=[{"品牌": "集", "标志": "b.png", "品牌故事": "=老店"}],
        门店=[
            {
                "门店": "一店",
                "省": "浙江",
                "市": "杭州",
                "地址": "湖滨路1号",
                "纬度": 30.25,
                "经度": 120.16,
                "库存地点": "一店仓",
            }
        ],
        门店库存=[{"门店": "一店", "SKU编码": "TEA-100", "库存": 4}],
    )  # fmt: skip
    run = import_book(book, zip_of(files))
    assert (run.created, run.updated, run.failed) == (4, 1, 0), list(run.issues.values())
    assert Brand.objects.get(name="集").story == "=老店"
    assert Store.objects.get().location.name == "一店仓"
    assert Stock.objects.get(location__store__name="一店").on_hand == 4
    exported = upload(export_book())
    assert issues(exported) == []
    assert [(i.sheet, i.key, i.differences) for i in exported.items.exclude(verdict="unchanged")] == []
    assert exported.items.count() == 6
    assert upload(book, zip_of(files)).counts["unchanged"] == 5


def test_nothing_in_an_export_is_a_formula_and_codes_are_text() -> None:
    make_product(title='=HYPERLINK("http://x")', subtitle="@cmd", skus=[SkuFields(code="00123", price=1)])
    content = export_book()
    sheet = load_workbook(io.BytesIO(content))["商品"]
    row = {str(head.value).lstrip("*"): cell for head, cell in zip(sheet[1], sheet[2], strict=True)}
    assert row["商品名称"].value == '\'=HYPERLINK("http://x")'
    assert {cell.data_type for cell in sheet[2]} <= {"s", "n"}
    assert (row["SKU编码"].value, row["SKU编码"].number_format) == ("00123", "@")
    assert row["价格(元)"].value == 0.01


def test_a_detail_longer_than_a_cell_is_continued() -> None:
    long = "<p>" + "茶叶=" * 25_000 + "</p>"
    make_product(detail=long)
    content = export_book()
    headings = next(
        iter(CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("商品").iter_rows())
    )
    assert [h for h in headings if str(h).startswith("商品详情")] == [
        "商品详情",
        "商品详情2",
        "商品详情3",
    ]
    assert upload(content).counts["unchanged"] == 2


def test_filters_and_the_cost_column(django_user_model: Any) -> None:
    from shop.core.access import role_group, sync_roles
    from shop.core.actors import Actor
    from shop.core.permissions import Role, declared

    top = make_category("食品")
    make_product(category_id=make_category("茶", parent=top).pk, title="茶")
    make_product(title="鞋", on_sale=False)
    assert b"xl/" in export_book()

    def titles(**options: Any) -> list[Any]:
        return [row[1] for row in cells(export_book(**options))][1:]

    assert titles(category=top.pk) == ["茶"]
    assert titles(state="draft") == ["鞋"]
    assert titles() == ["茶", "鞋"]
    sync_roles()
    worker = django_user_model.objects.create_user("w", is_staff=True)
    group = role_group(Role.OPERATIONS)
    worker.groups.add(group)
    group.permissions.remove(group.permissions.get(codename="catalog.see_cost"))
    assert "catalog.export_goods" in declared()
    actor = Actor.staff(django_user_model.objects.get(pk=worker.pk))
    headings = next(
        iter(
            CalamineWorkbook.from_filelike(io.BytesIO(export_book(actor)))
            .get_sheet_by_name("商品")
            .iter_rows()
        )
    )
    assert PRODUCTS.column("cost").zh not in headings
    refused = upload(export_book(), actor=actor)
    assert issues(refused) == [(0, "cost", "forbidden")]
    assert refused.counts["error"] >= 2


def test_deactivated_skus_and_codeless_products_round_trip() -> None:
    product = make_product(
        skus=[
            SkuFields(code="A-1", price=1, spec={"色": "白"}),
            SkuFields(code="A-2", price=2, spec={"色": "黑"}),
        ],
        spec_names=("色",),
    )
    Product.objects.filter(pk=product.pk).update(
        code="", off_sale_at=clock.now() + timedelta(days=9, microseconds=5)
    )
    ServicePromise.objects.create(name="退、换")
    assert upload(export_book()).counts["unchanged"] == 2
