"""The product list: tabs, filters, search, bulk actions; as many queries for many rows as for few."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Brand, Product, Sku, Tag
from catalog.rules.products import SkuFields
from catalog.services.products import delete_product, set_product_state
from shop.core import runtime
from shop.core.models import AuditEntry
from shop.core.redis import client as redis_client
from tests.admin_ui.conftest import Login
from tests.catalog.factories import SYSTEM, make_category, make_product

pytestmark = pytest.mark.django_db
LIST = "/admin/catalog/product/"


def titles(browser: Client, query: str) -> list[str]:
    answer = browser.get(f"{LIST}?{query}")
    assert answer.status_code == 200
    return [product.title for product in answer.context["cl"].result_list]


def act(browser: Client, name: str, *products: Product, query: str = "", **data: object) -> None:
    """Choose rows and an action, then confirm."""
    chosen = {"action": name, "_selected_action": [product.pk for product in products]}
    asked = browser.post(LIST + query, chosen)
    assert asked.status_code == 200
    answer = browser.post(LIST + query, {**chosen, "_confirmed": "1", **data})
    assert answer.status_code == 302


def test_tabs_filters_and_search(login: Login) -> None:
    tea_tree = make_category("茶")
    below = make_category("红茶", parent=tea_tree)
    brand, tag = Brand.objects.create(name="山野"), Tag.objects.create(name="新品")
    black = make_product(
        title="正山小种", category_id=below.pk, brand_id=brand.pk, tag_ids=(tag.pk,), stock=5,
        skus=[SkuFields("TEA-1", 900, barcode="6901028075831")],
    )  # fmt: skip
    make_product(title="最好的茶杯", on_sale=False, stock=0)
    pot = make_product(title="紫砂壶", stock=500)
    gone = make_product(title="旧茶具")
    delete_product(actor=SYSTEM, product_id=gone.pk)
    set_product_state(actor=SYSTEM, product_id=pot.pk, state="off_sale")
    browser = login("operations")
    assert titles(browser, "") == ["紫砂壶", "最好的茶杯", "正山小种"]
    assert titles(browser, "state=on_sale") == ["正山小种"]
    assert titles(browser, "state=off_sale") == ["紫砂壶"]
    assert titles(browser, "state=draft") == ["最好的茶杯"]
    assert titles(browser, "state=bin") == ["旧茶具"]
    assert titles(browser, f"category={tea_tree.pk}") == ["正山小种"]
    assert titles(browser, f"brand={brand.pk}") == ["正山小种"]
    assert titles(browser, f"tag={tag.pk}") == ["正山小种"]
    assert titles(browser, "stock=out") == ["最好的茶杯"]
    assert titles(browser, "stock=low") == ["最好的茶杯", "正山小种"]
    assert titles(browser, "stock=enough") == ["紫砂壶"]
    assert titles(browser, "finding=wording") == ["最好的茶杯"]
    assert titles(browser, "finding=no_picture") == []
    assert titles(browser, "finding=no_sku") == []
    assert titles(browser, "q=小种") == ["正山小种"]
    assert titles(browser, "q=tea-1") == ["正山小种"]
    assert titles(browser, "q=6901028075831") == ["正山小种"]
    assert titles(browser, "q=旧茶具&state=bin") == ["旧茶具"]
    assert titles(browser, "q=%27%3B") == []
    assert titles(browser, "category=x&brand=99999999999999999999") == []
    assert black.pk


def test_the_number_of_queries_does_not_grow(login: Login) -> None:
    browser = login("operations")
    make_product(title="茶 0")
    browser.get(LIST)
    few = _queries(browser, f"{LIST}?q=茶")
    for number in range(1, 8):
        make_product(title=f"茶 {number}")
    assert _queries(browser, f"{LIST}?q=茶") == few
    assert few <= 20  # the sidebar of all rooms included


def _queries(browser: Client, address: str) -> int:
    redis_client().flushdb()  # what is kept for seconds, there and here, must not blur the count
    runtime.forget()
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(address).status_code == 200
    assert not [query for query in queries if 'COUNT(*) AS "__count" FROM "catalog_product"' in query["sql"]]
    return len(queries)


def test_bulk_actions_report_and_change_only_what_they_may(login: Login) -> None:
    tag, other = Tag.objects.create(name="新品"), make_category("新分类")
    draft, shown = make_product(on_sale=False), make_product()
    bare = make_product(on_sale=False, media_ids=())
    browser = login("operations")
    act(browser, "put_on_sale", draft, bare)
    assert states() == {draft.pk: "on_sale", shown.pk: "on_sale", bare.pk: "draft"}
    act(browser, "take_off_sale", shown)
    assert states()[shown.pk] == "off_sale"
    act(browser, "move", draft, shown, category=other.pk)
    assert Product.objects.filter(category=other).count() == 2
    act(browser, "retag", draft, add=[tag.pk])
    assert list(Product.objects.get(pk=draft.pk).tags.all()) == [tag]
    act(browser, "retag", draft, remove=[tag.pk])
    assert not Product.objects.get(pk=draft.pk).tags.exists()
    act(browser, "copy", draft)
    assert Product.objects.count() == 4
    act(browser, "remove", draft)
    assert Product.objects.get(pk=draft.pk).is_deleted is True
    act(browser, "restore", draft, query="?state=bin")
    assert Product.objects.get(pk=draft.pk).is_deleted is False
    assert states()[draft.pk] == "off_sale"
    assert AuditEntry.objects.filter(actor_label="operations", action="catalog.delete_product").count() == 2


def states() -> dict[int, str]:
    return dict(Product.objects.values_list("pk", "state"))


@pytest.mark.parametrize("role", ["warehouse", "service", "finance", "clerk", "auditor"])
def test_readers_have_no_actions(login: Login, role: str) -> None:
    product = make_product()
    browser = login(role)
    page = browser.get(LIST)
    assert page.context["cl"].result_list[0].pk == product.pk
    assert not page.context.get("action_form")
    for name in ("put_on_sale", "take_off_sale", "move", "retag", "copy", "remove", "restore"):
        browser.post(LIST, {"action": name, "_selected_action": [product.pk], "_confirmed": "1"})
    fresh = Product.objects.get()
    assert (fresh.state, fresh.is_deleted, Sku.objects.count()) == ("on_sale", False, 1)


def test_the_bin_offers_only_restoring(login: Login) -> None:
    product = make_product()
    delete_product(actor=SYSTEM, product_id=product.pk)
    browser = login("owner")
    names = [
        name
        for name, _title in browser.get(f"{LIST}?state=bin").context["action_form"].fields["action"].choices
    ]
    assert [name for name in names if name] == ["restore"]
    assert "restore" not in str(browser.get(LIST).context["action_form"].fields["action"].choices)
    assert reverse("admin:catalog_product_changelist") == LIST
