"""The product editor: everything kept, everything refused at its field, never a colleague's work lost."""

from dataclasses import replace
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from catalog.models import Media, PriceChange, Product, Sku, Tag
from catalog.rules.products import SkuFields
from catalog.services.products import change_price, delete_product, product_fields, update_product
from catalog.services.products.prices import PriceUpdate
from shop.core.access import role_group
from shop.core.models import AuditEntry
from shop.core.permissions import Role
from tests.admin_ui.conftest import Login
from tests.catalog.console.pages import fields_of, new_page, page_of, send
from tests.catalog.factories import (
    SYSTEM,
    make_category,
    make_freight,
    make_picture,
    make_product,
    make_warehouse,
)

pytestmark = pytest.mark.django_db
SHIRT = (
    SkuFields("T-W", 5900, {"颜色": "白"}, cost=2000, barcode="6901028075831"),
    SkuFields("T-B", 6900, {"颜色": "黑"}, cost=2100),
)


@pytest.fixture
def shirt() -> Product:
    make_warehouse()
    return make_product(title="T恤", skus=SHIRT, spec_names=("颜色",), stock=0)


def test_a_page_without_changes_changes_nothing(login: Login, shirt: Product) -> None:
    before = product_fields(Product.objects.get())
    skus = list(Sku.objects.order_by("pk").values())
    status, answer = send(login("operations"), shirt, page_of(shirt))
    assert (status, answer["next"]) == (200, f"/admin/catalog/product/{shirt.pk}/change/")
    assert product_fields(Product.objects.get()) == before
    assert list(Sku.objects.order_by("pk").values()) == skus
    assert PriceChange.objects.count() == 2


def test_everything_that_is_typed_is_kept(login: Login, shirt: Product) -> None:
    tag, picture = Tag.objects.create(name="新品"), make_picture()
    changes = {
        "title": " 新T恤 ", "subtitle": "春夏", "tags": [tag.pk],
        "attributes": [{"name": "产地", "value": "福建"}],
        "limit_per_order": "5", "limit_per_member": "", "min_quantity": "2", "position": "-3",
        "is_virtual": True, "no_reason_return": False,
        "on_sale_at": "2027-01-02T08:30", "off_sale_at": "2027-02-01T00:00",
        "detail": '<p onclick="x()">好<script>1</script></p>',
        "media": [picture.pk], "spec_names": ["颜色", "尺码"],
        "skus": [
            {"code": "T-W", "price": "59.90", "market_price": "", "cost": "21",
             "weight_g": "200", "volume_cm3": "900",
             "barcode": "", "image": picture.pk, "spec": {"颜色": "白", "尺码": "M"}, "is_active": True},
            {"code": "", "price": "¥1,059", "spec": {"颜色": "白", "尺码": "L"}, "is_active": False},
        ],
    }  # fmt: skip
    status, _answer = send(login("operations"), shirt, page_of(shirt, **changes))
    assert status == 200
    product = Product.objects.get()
    assert (product.title, product.subtitle, product.detail) == ("新T恤", "春夏", "<p>好</p>")
    assert (product.limit_per_order, product.limit_per_member, product.min_quantity) == (5, None, 2)
    assert (product.position, product.is_virtual, product.no_reason_return) == (-3, True, False)
    assert product.on_sale_at is not None
    assert product.on_sale_at.isoformat() == "2027-01-02T00:30:00+00:00"
    assert (product.attributes, list(product.tags.all())) == ({"产地": "福建"}, [tag])
    assert list(product.media.values_list("pk", flat=True)) == [picture.pk]
    white = Sku.objects.get(code="T-W")
    assert (white.price, white.cost, white.weight_g, white.volume_cm3) == (5990, 2100, 200, 900)
    assert (white.image, white.spec) == (picture, {"颜色": "白", "尺码": "M"})
    fresh = Sku.objects.exclude(code__in=("T-W", "T-B")).get()
    assert (fresh.price, fresh.is_active, fresh.code[-3:]) == (105900, False, "-02")
    assert Sku.objects.get(code="T-B").is_active is False


def test_every_mistake_stands_at_its_field_and_nothing_is_written(login: Login, shirt: Product) -> None:
    before = Product.objects.values().get()
    page = page_of(shirt, title="", category="", min_quantity="two", limit_per_order="-1", on_sale_at="soon")
    page["attributes"] = [
        {"name": "产地", "value": ""},
        {"name": "a", "value": "1"},
        {"name": "a", "value": "2"},
    ]
    page["skus"][0] |= {"price": "cheap", "barcode": "123", "weight_g": "1.5"}
    page["skus"][1] |= {"price": "", "market_price": "1"}
    status, answer = send(login("operations"), shirt, page)
    assert (status, answer["code"]) == (400, "invalid_input")
    assert sorted(fields_of(answer)) == [
        "attributes.0", "attributes.2", "category", "limit_per_order", "min_quantity", "on_sale_at",
        "skus.0.barcode", "skus.0.price", "skus.0.weight_g", "skus.1.price", "title",
    ]  # fmt: skip
    assert Product.objects.values().get() == before


@pytest.mark.parametrize(
    "broken", [[], "text", {"title": 5}, {"skus": "x"}, {"skus": [1]}, {"is_virtual": "yes"}, {"tags": ["x"]},
               {"version": "yesterday"}, {"version": "2026-01-01"}, {"category": {}}]
)  # fmt: skip
def test_what_no_page_sends_is_refused(login: Login, shirt: Product, broken: object) -> None:
    status, answer = send(login("operations"), shirt, broken)  # type: ignore[arg-type]
    assert (status, answer["code"]) == (400, "invalid_input")


def test_a_stale_page_never_overwrites_a_colleague(login: Login, shirt: Product) -> None:
    page = page_of(shirt, title="mine")
    fields = replace(product_fields(Product.objects.get()), title="theirs", subtitle="sub")
    update_product(actor=SYSTEM, product_id=shirt.pk, fields=fields)
    browser = login("operations")
    status, answer = send(browser, shirt, page)
    assert (status, answer["code"], answer["by"]) == (409, "product_moved", "tests")
    assert answer["changed"] == ["subtitle", "title"]
    assert Product.objects.get().title == "theirs"
    assert send(browser, shirt, {**page, "version": None})[0] == 400
    assert Product.objects.get().title == "theirs"


def test_a_colleagues_price_makes_the_page_stale(login: Login, shirt: Product) -> None:
    page = page_of(shirt)
    change_price(actor=SYSTEM, updates=[PriceUpdate(shirt.skus.get(code="T-W").pk, 100)])
    assert send(login("operations"), shirt, page)[0] == 409
    assert Sku.objects.get(code="T-W").price == 100


def test_a_new_product_is_a_draft_or_goes_on_sale_at_once(login: Login) -> None:
    make_warehouse()
    make_freight()
    category, browser = make_category(), login("operations")
    status, answer = send(browser, None, new_page(category.pk, then="on_sale"))
    assert (status, answer["code"], fields_of(answer)) == (409, "product_incomplete", ["media"])
    assert not Product.objects.exists()
    assert send(browser, None, new_page(category.pk))[0] == 200
    assert Product.objects.get().state == "draft"
    picture = make_picture()
    page = new_page(category.pk, then="on_sale", media=[picture.pk])
    page["skus"][0]["code"] = "N-2"
    assert send(browser, None, page)[0] == 200
    assert Product.objects.latest("pk").state == "on_sale"


def test_an_unproven_crossed_out_price_is_named_at_its_row(login: Login, shirt: Product) -> None:
    page = page_of(shirt)
    page["skus"][1]["market_price"] = "99"
    status, answer = send(login("operations"), shirt, page)
    assert (status, answer["code"]) == (409, "market_price_unproven")
    assert fields_of(answer) == ["skus.1.market_price"]
    assert Sku.objects.get(code="T-B").market_price is None


def test_whoever_may_not_see_costs_keeps_them(login: Login, shirt: Product) -> None:
    browser = login("operations")
    group = role_group(Role.OPERATIONS)
    group.permissions.remove(group.permissions.get(codename="catalog.see_cost"))
    shown = browser.get(f"/admin/catalog/product/{shirt.pk}/change/").context["page_data"]["state"]["skus"]
    assert [sku["cost"] for sku in shown] == ["", ""]
    page = page_of(shirt)
    page["skus"][0]["cost"] = "1"
    assert send(browser, shirt, page)[0] == 200
    assert list(Sku.objects.order_by("code").values_list("cost", flat=True)) == [2100, 2000]


@pytest.mark.parametrize("role", ["warehouse", "service", "finance", "clerk", "auditor"])
def test_readers_read_and_change_nothing(login: Login, shirt: Product, role: str) -> None:
    browser = login(role)
    before = Product.objects.values().get()
    page = browser.get(f"/admin/catalog/product/{shirt.pk}/change/")
    assert page.status_code == 200
    assert page.context["rights"]["edit"] is False
    assert send(browser, shirt, page_of(shirt, title="x"))[0] == 403
    assert send(browser, None, new_page(shirt.category_id))[0] == 403
    assert browser.post(reverse("admin:catalog_product_copy", args=[shirt.pk])).status_code == 403
    assert browser.post(reverse("admin:catalog_product_upload")).status_code == 403
    assert browser.post(reverse("admin:catalog_product_check"), b"{}", "application/json").status_code == 403
    assert (Product.objects.values().get(), Media.objects.count()) == (before, 1)


def test_strangers_are_sent_to_the_login(shirt: Product) -> None:
    assert send(Client(), shirt, page_of(shirt))[0] == 302
    assert Client().post(reverse("admin:catalog_product_upload")).status_code == 302


def test_a_deleted_product_is_shown_but_not_saved(login: Login, shirt: Product) -> None:
    delete_product(actor=SYSTEM, product_id=shirt.pk)
    browser = login("operations")
    assert browser.get(f"/admin/catalog/product/{shirt.pk}/change/").context["rights"]["edit"] is False
    assert send(browser, shirt, page_of(shirt))[1]["code"] == "product_deleted"
    assert browser.get("/admin/catalog/product/999999/change/").status_code == 404
    assert browser.get("/admin/catalog/product/x/change/").status_code == 404


def test_pictures_go_through_the_media_service(login: Login) -> None:
    out = BytesIO()
    Image.new("RGB", (300, 200), "teal").save(out, "PNG")
    browser = login("operations")
    address = reverse("admin:catalog_product_upload")
    file = SimpleUploadedFile("../evil.html", out.getvalue())
    shown = browser.post(address, {"file": file, "hidden": "1"}).json()
    media = Media.objects.get()
    assert (shown["id"], shown["width"], shown["height"]) == (media.pk, 300, 200)
    assert (media.in_detail, str(media.file.name).endswith(".png")) == (True, True)
    again = browser.post(address, {"file": SimpleUploadedFile("a.png", out.getvalue()), "hidden": "1"}).json()
    assert again["url"] == shown["url"]
    assert again["id"] != shown["id"]  # two open editors never fight for one picture
    refused = browser.post(address, {"file": SimpleUploadedFile("a.png", b"<script>")})
    assert (refused.status_code, refused.json()["code"]) == (400, "media_refused")
    assert browser.post(address).json()["errors"][0]["field"] == "file"
    assert Media.objects.count() == 2


def test_words_are_checked_and_html_cleaned_as_it_is_typed(login: Login) -> None:
    page = {
        "title": "全网第一",
        "detail": "<p>包治<script>x</script></p>",
        "attributes": [{"name": "功效", "value": "减肥"}],
    }
    browser = login("operations")
    answer = browser.post(reverse("admin:catalog_product_check"), page, "application/json").json()
    assert answer["detail"] == "<p>包治</p>"
    found = [(row["field"], row["word"]) for row in answer["findings"]]
    assert found == [("title", "全网第一"), ("detail", "包治"), ("attributes.功效", "减肥")]


def test_a_copy_is_a_draft_with_codes_of_its_own(login: Login, shirt: Product) -> None:
    browser = login("operations")
    for number in (2, 3):
        answer = browser.post(reverse("admin:catalog_product_copy", args=[shirt.pk]))
        copy = Product.objects.latest("pk")
        assert answer.headers["Location"] == f"/admin/catalog/product/{copy.pk}/change/"
        skus = copy.skus.order_by("position").values_list("code", "price", "cost", "barcode")
        assert list(skus) == [(f"T-W-{number}", 5900, 2000, ""), (f"T-B-{number}", 6900, 2100, "")]
        assert (copy.state, copy.media.count(), shirt.media.count()) == ("draft", 1, 1)
    assert AuditEntry.objects.filter(subject_id=str(copy.pk), action="catalog.edit_product").count() == 1
