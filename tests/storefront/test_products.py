"""Product lists and product pages over HTTP."""

from typing import Any

import pytest
from django.test import Client

from catalog.models import Brand, Product, ServicePromise, Tag
from catalog.queries import listing
from catalog.rules.products import SkuFields
from catalog.services.products import set_product_state
from shop.core import redis
from shop.storefront import cache
from tests.catalog.factories import SYSTEM, make_category, make_picture, make_product
from tests.storefront.conftest import Get

pytestmark = pytest.mark.django_db


def priced(price: int, **sku: Any) -> list[SkuFields]:
    return [SkuFields(f"C-{price}", price, **sku)]


def titles(page: Any) -> list[str]:
    return [card["title"] for card in page["results"]]


def test_a_card_says_exactly_what_the_contract_says(get: Get):
    tag = Tag.objects.create(name="新品")
    picture = make_picture(renditions={"400": "products/a_400.webp"})
    product = make_product(
        title="明前龙井", subtitle="西湖产区", skus=priced(9900), media_ids=(picture.pk,), tag_ids=(tag.pk,)
    )
    assert get("/products") == {
        "results": [
            {
                "id": product.pk,
                "title": "明前龙井",
                "subtitle": "西湖产区",
                "image": "/media/products/a_400.webp",
                "price": 9900,
                "market_price": None,
                "member_price": None,
                "sales": 0,
                "tags": ["新品"],
                "in_stock": True,
                "activity": None,
            }
        ],
        "next": None,
        "previous": None,
    }


def test_filters_narrow_together(get: Get):
    tea = make_category("茶")
    green = make_category("绿茶", parent=tea)
    brand, tag = Brand.objects.create(name="青禾"), Tag.objects.create(name="热卖")
    make_product(
        title="龙井",
        category_id=green.pk,
        brand_id=brand.pk,
        tag_ids=(tag.pk,),
        skus=priced(9900),
        attributes={"产地": "浙江", "工艺": "手工"},
    )
    make_product(title="大红袍", category_id=tea.pk, skus=priced(8800), attributes={"产地": "福建"}, stock=0)
    make_product(title="茶杯", skus=priced(2500))
    assert titles(get(f"/products?category={tea.pk}")) == ["大红袍", "龙井"]
    assert titles(get(f"/products?category={green.pk}")) == ["龙井"]
    assert titles(get(f"/products?brand={brand.pk}")) == ["龙井"]
    assert titles(get(f"/products?tag={tag.pk}")) == ["龙井"]
    assert titles(get("/products?attr[产地]=福建")) == ["大红袍"]
    assert titles(get("/products?attr[产地]=福建&attr[产地]=浙江")) == ["大红袍", "龙井"]
    assert titles(get("/products?attr[产地]=浙江&attr[工艺]=手工")) == ["龙井"]
    assert titles(get("/products?attr[产地]=福建&attr[工艺]=手工")) == []
    assert titles(get("/products?min_price=8800&max_price=9899")) == ["大红袍"]
    assert titles(get(f"/products?in_stock=true&category={tea.pk}")) == ["龙井"]
    assert titles(get("/products?q=龙井")) == ["龙井"]
    assert titles(get("/products?q=")) == ["茶杯", "大红袍", "龙井"]
    assert titles(get("/products?category=987654321")) == []
    assert titles(get(f"/products?q=龙井&category={green.pk}&brand={brand.pk}&sort=price")) == ["龙井"]


def test_sorts(get: Get):
    for title, position, price, sales in (("甲", 1, 300, 5), ("乙", 3, 100, 9), ("丙", 2, 200, 1)):
        product = make_product(title=title, position=position, skus=priced(price))
        Product.objects.filter(pk=product.pk).update(sales=sales)
    orders = {
        sort: "".join(titles(get(f"/products?sort={sort}")))
        for sort in ("default", "sales", "price", "-price", "new")
    }
    assert orders == {
        "default": "乙丙甲",
        "sales": "乙甲丙",
        "price": "乙丙甲",
        "-price": "甲丙乙",
        "new": "丙乙甲",
    }


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("sort=random", [("sort", "invalid_choice")]),
        ("page=2", [("page", "unknown_field")]),
        ("limit=101", [("limit", "max_value")]),
        ("limit=x", [("limit", "invalid")]),
        ("category=0", [("category", "min_value")]),
        ("category=1&category=2", [("category", "repeated")]),
        ("in_stock=yes", [("in_stock", "invalid")]),
        ("min_price=-1", [("min_price", "min_value")]),
        ("q=" + "茶" * 41, [("q", "max_length")]),
        ("q=%00", [("q", "null_characters_not_allowed")]),
        ("cursor=forged", [("cursor", "invalid")]),
        ("attr[产地]=", [("attr[产地]", "blank")]),
        ("attr[产地]=%00", [("attr[产地]", "null_characters_not_allowed")]),
        ("attr[]=x", [("attr[]", "unknown_field")]),
        ("attr=x", [("attr", "unknown_field")]),
        ("&".join(f"attr[{n}]=x" for n in range(11)), [("attr", "max_length")]),
        ("&".join("attr[a]=x" for n in range(11)), [("attr[a]", "max_length")]),
    ],
)
def test_what_no_list_can_be_asked_is_refused_and_not_kept(refusal: Get, query: str, errors: Any):
    for _again in range(2):
        assert refusal(f"/products?{query}") == (400, "invalid_input", errors)


def test_pages_by_cursor_miss_nothing_while_goods_come_and_go(get: Get):
    made = [make_product(title=f"第{number}件", position=number) for number in range(7)]
    first = get("/products?limit=3")
    assert titles(first) == ["第6件", "第5件", "第4件"]
    assert first["next"].startswith("/api/v1/products?")
    assert first["previous"] is None
    make_product(title="新来的", position=9)
    set_product_state(actor=SYSTEM, product_id=made[3].pk, state="off_sale")
    second = get(first["next"].removeprefix("/api/v1"))
    assert titles(second) == ["第2件", "第1件", "第0件"]
    assert second["next"] is None
    back = get(second["previous"].removeprefix("/api/v1"))
    assert titles(back) == ["第6件", "第5件", "第4件"]


def test_a_search_goes_on_as_it_was_begun(get: Get, refusal: Get, monkeypatch: pytest.MonkeyPatch):
    """Even when what it finds is no longer all over the shop, or has become so."""
    monkeypatch.setattr(listing, "_BIG_SHOP", -2)
    for number in range(6):
        product = make_product(title=f"绿茶 {number}", stock=0)
        Product.objects.filter(pk=product.pk).update(sales=10 - number)
    by_sales = get("/products?q=绿茶&limit=4")
    monkeypatch.setattr(listing, "_BROAD", 7)
    ranked = get("/products?q=绿茶&limit=5")
    assert titles(get(by_sales["next"].removeprefix("/api/v1"))) == ["绿茶 4", "绿茶 5"]
    monkeypatch.setattr(listing, "_BROAD", 5)
    assert titles(get(ranked["next"].removeprefix("/api/v1"))) == ["绿茶 0"]
    assert titles(by_sales) + titles(ranked) == [f"绿茶 {n}" for n in (0, 1, 2, 3, 5, 4, 3, 2, 1)]
    assert refusal("/products?q=绿茶&cursor=nonsense")[:2] == (400, "invalid_input")


def test_a_product_page_has_all_its_parts(get: Get):
    promise = ServicePromise.objects.create(name="48小时发货", description="逾期必赔")
    category, brand = make_category("茶"), Brand.objects.create(name="青禾")
    product = make_product(
        title="龙井",
        subtitle="明前",
        category_id=category.pk,
        brand_id=brand.pk,
        promise_ids=(promise.pk,),
        spec_names=("规格",),
        attributes={"产地": "浙江"},
        detail="<p>好茶</p>",
        skus=[
            SkuFields("LJ-50", 5000, spec={"规格": "50克"}, barcode="6901234567892"),
            SkuFields("LJ-250", 20000, spec={"规格": "250克"}),
        ],
        stock=8,
    )
    small, large = product.skus.order_by("position", "id")
    page = get(f"/products/{product.pk}")
    assert page["id"] == product.pk
    assert (page["price"], page["max_price"]) == (5000, 20000)
    assert page["category"] == {"id": category.pk, "name": "茶"}
    assert page["brand"] == {"id": brand.pk, "name": "青禾"}
    assert page["specs"] == [{"name": "规格", "values": ["50克", "250克"]}]
    assert page["attributes"] == [{"name": "产地", "value": "浙江"}]
    assert page["promises"] == [{"id": promise.pk, "name": "48小时发货", "description": "逾期必赔"}]
    assert page["freight"]["flat_fee"] == 800
    assert [(sku["id"], sku["available"], sku["member_price"]) for sku in page["skus"]] == [
        (small.pk, 8, None),
        (large.pk, 8, None),
    ]
    assert page["skus"][0]["barcode"] == "6901234567892"
    absent = {name: page[name] for name in ("member_price", "activities", "coupons", "rating")}
    assert absent == {"member_price": None, "activities": [], "coupons": [], "rating": None}


def test_what_is_not_on_sale_has_no_page(refusal: Get, client: Client):
    draft = make_product(on_sale=False)
    for path in (f"/products/{draft.pk}", "/products/987654321", "/products/0", "/products/abc"):
        assert refusal(path) == (404, "not_found", [])
    assert refusal(f"/products/{draft.pk}/related") == (404, "not_found", [])
    assert refusal(f"/products/{make_product().pk}?x=1") == (400, "invalid_input", [("x", "unknown_field")])


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written_here(client: Client, method: str):
    assert getattr(client, method)("/api/v1/products").status_code == 405


def test_who_wants_no_json_is_told_so_and_heads_have_no_body(client: Client):
    make_product()
    assert client.get("/api/v1/products", headers={"Accept": "text/html"}).status_code == 406
    odd = client.get("/api/v1/products", headers={"Accept": "application/*"})
    assert odd.status_code == 200
    assert client.head("/api/v1/products")["ETag"] == odd["ETag"]


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/products?limit=50", 1),
        ("/products?limit=50&q=茶", 2),
        ("/products?limit=50&attr[产地]=福建", 1),
        ("/products?limit=50&category={}", 2),
    ],
)
def test_list_queries_do_not_grow_with_rows(
    client: Client, django_assert_num_queries: Any, path: str, queries: int
):
    category = make_category()
    for rows in (5, 45):
        for number in range(rows):
            make_product(title=f"茶 {number}", category_id=category.pk, attributes={"产地": "福建"})
        cache.forget_near()
        with django_assert_num_queries(queries):
            assert client.get(f"/api/v1{path.format(category.pk)}").status_code == 200
        redis.client().flushdb()


def test_page_and_related_queries_do_not_grow(client: Client, django_assert_num_queries: Any):
    category = make_category()
    for rows in (5, 45):
        for _number in range(rows):
            make_product(category_id=category.pk)
        skus = [SkuFields(f"S-{rows}-{n}", 100 + n, spec={"色": str(n)}) for n in range(rows)]
        product = make_product(category_id=category.pk, spec_names=("色",), skus=skus, attributes={"a": "b"})
        redis.client().flushdb()
        cache.forget_near()
        with django_assert_num_queries(8):
            assert len(client.get(f"/api/v1/products/{product.pk}").json()["skus"]) == rows
        with django_assert_num_queries(1):
            client.get(f"/api/v1/products/{product.pk}")
        with django_assert_num_queries(3):
            found = client.get(f"/api/v1/products/{product.pk}/related?limit=30").json()["results"]
        assert len(found) == min(30, 5 if rows == 5 else 30)
