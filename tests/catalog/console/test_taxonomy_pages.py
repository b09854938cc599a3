"""Categories, brands, tags and the other tables that goods are sorted by."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from catalog.models import Brand, Category, FreightTemplate, Location, Product, ServicePromise, Tag
from shop.core.models import AuditEntry
from tests.admin_ui.conftest import Login
from tests.catalog.factories import make_category, make_freight, make_product, make_warehouse

pytestmark = pytest.mark.django_db
TREE = "/admin/categories/"


def png() -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (40, 40), "teal").save(out, "PNG")
    return SimpleUploadedFile("logo.svg", out.getvalue())


def ask(browser: Client, action: str, **data: object) -> tuple[int, str]:
    answer = browser.post(TREE, {"action": action, **data})
    return answer.status_code, answer.json().get("code", "")


def tree() -> list[tuple[str, int]]:
    return list(Category.objects.order_by("path").values_list("name", "depth"))


def test_the_tree_is_edited(login: Login) -> None:
    tea, cups = make_category("茶"), make_category("茶具")
    browser = login("operations")
    assert ask(browser, "save", name="红茶", parent=tea.pk, is_visible="on", warning_level="20") == (200, "")
    black = Category.objects.get(name="红茶")
    assert (black.depth, black.is_visible, black.warning_level, black.safety_level) == (2, True, 20, None)
    assert ask(browser, "down", id=tea.pk) == (200, "")
    assert tree() == [("茶具", 1), ("茶", 1), ("红茶", 2)]
    assert ask(browser, "up", id=tea.pk) == ask(browser, "up", id=tea.pk) == (200, "")
    assert tree() == [("茶", 1), ("红茶", 2), ("茶具", 1)]
    assert ask(browser, "save", id=black.pk, name="红茶", parent=cups.pk, picture=png()) == (200, "")
    assert tree() == [("茶", 1), ("茶具", 1), ("红茶", 2)]
    black.refresh_from_db()
    assert (black.is_visible, black.image.name[:11], black.image.name[-4:]) == (False, "categories/", ".png")
    assert ask(browser, "save", id=black.pk, name="红茶", parent="", remove_picture="on") == (200, "")
    assert tree() == [("茶", 1), ("茶具", 1), ("红茶", 1)]
    assert Category.objects.get(pk=black.pk).image == ""
    assert ask(browser, "delete", id=black.pk) == (200, "")
    assert tree() == [("茶", 1), ("茶具", 1)]


def test_refusals_change_nothing(login: Login) -> None:
    tea = make_category("茶")
    below = make_category("红茶", parent=tea)
    make_product(category_id=below.pk)
    browser = login("operations")
    before = tree()
    assert ask(browser, "save", name=" ") == (400, "invalid_input")
    assert ask(browser, "save", name="x", warning_level="many") == (400, "invalid_input")
    assert ask(browser, "save", id=tea.pk, name="改名", parent=below.pk) == (400, "invalid_input")
    assert ask(browser, "save", name="x", picture=SimpleUploadedFile("a.png", b"no")) == (
        400,
        "media_refused",
    )
    assert ask(browser, "delete", id=below.pk) == (409, "category_in_use")
    assert ask(browser, "delete", id=999999) == ask(browser, "up", id=999999) == (404, "not_found")
    assert ask(browser, "explode", id=tea.pk) == ask(browser, "up") == (400, "invalid_input")
    assert tree() == before


@pytest.mark.parametrize("role", ["warehouse", "service", "finance", "clerk", "auditor"])
def test_readers_change_nothing(login: Login, role: str) -> None:
    tea = make_category("茶")
    make_warehouse()
    brand, browser = Brand.objects.create(name="山野"), login(role)
    assert browser.get(TREE).context["may_edit"] is False
    assert ask(browser, "delete", id=tea.pk)[0] == 403
    assert browser.post("/admin/catalog/tag/add/", {"name": "新品", "position": "0"}).status_code == 403
    browser.post(f"/admin/catalog/brand/{brand.pk}/change/", {"name": "x", "position": "0"})
    assert (tree(), Tag.objects.count(), Brand.objects.get().name) == ([("茶", 1)], 0, "山野")


def test_a_renamed_brand_is_searched_anew_and_its_logo_is_a_clean_picture(login: Login) -> None:
    brand = Brand.objects.create(name="山野")
    product = make_product(brand_id=brand.pk)
    browser = login("operations")
    data = {"name": "云上", "story": "", "position": "1", "logo": png()}
    assert browser.post(f"/admin/catalog/brand/{brand.pk}/change/", data).status_code == 302
    brand.refresh_from_db()
    assert (brand.name, brand.position, str(brand.logo.name)[-4:]) == ("云上", 1, ".png")
    assert Product.objects.get(pk=product.pk).search_is_stale is True
    assert AuditEntry.objects.filter(subject_kind="catalog.brand").count() == 2
    data["logo"] = SimpleUploadedFile("evil.svg", b"<svg onload='x'/>")
    assert browser.post(f"/admin/catalog/brand/{brand.pk}/change/", data).status_code == 200
    Brand.objects.create(name="占用")
    assert (
        browser.post(f"/admin/catalog/brand/{brand.pk}/change/", {**data, "name": "占用"}).status_code == 200
    )
    assert Brand.objects.get(pk=brand.pk).name == "云上"


def test_places_have_one_default_each(login: Login) -> None:
    main, spare = make_warehouse(), Location.objects.create(name="二号仓")
    browser = login("operations")
    answer = browser.post(f"/admin/catalog/location/{spare.pk}/make-default/", {})
    assert answer.status_code == 302
    assert list(Location.objects.filter(is_default=True)) == [spare]
    refused = browser.post(f"/admin/catalog/location/{main.pk}/change/", {"name": "总仓", "kind": "store"})
    assert refused.status_code == 200
    assert Location.objects.get(pk=main.pk).kind == "warehouse"
    make_freight()
    other = {"name": "偏远", "flat_fee": "18.00", "free_over": ""}
    assert browser.post("/admin/catalog/freighttemplate/add/", other).status_code == 302
    made = FreightTemplate.objects.get(name="偏远")
    assert (made.flat_fee, made.is_default) == (1800, False)
    browser.post(f"/admin/catalog/freighttemplate/{made.pk}/make-default/", {})
    assert list(FreightTemplate.objects.filter(is_default=True)) == [made]


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_deleting_a_promise_names_what_people_know(login: Login, language: str) -> None:
    promise = ServicePromise.objects.create(name="48h")
    make_product().promises.add(promise)
    browser = login("owner", language=language)
    path = f"/admin/catalog/servicepromise/{promise.pk}/delete/"
    text = browser.get(path).content.decode()
    assert "48h" in text
    assert "object (" not in text
    assert "Product_promises" not in text
    assert "Product-servicepromise" not in text
    assert browser.post(path, {"post": "yes"}).status_code == 302
    assert (ServicePromise.objects.exists(), Product.objects.count()) == (False, 1)
