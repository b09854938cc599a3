"""Every console page opens for exactly those whose role says so."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from catalog.models import HomeSection
from members.cards.models import CardCodeBatch, MemberCard
from members.models import Member
from shop.core import clock
from shop.core.console import console_pages
from shop.core.models import SheetRun
from tests.admin_ui.access_table import PAGES, ROLES
from tests.admin_ui.conftest import Login, StaffMaker
from tests.members.shoppers import new_member
from tests.orders.console.orders import any_order
from tests.storefront.sections import make_section

pytestmark = [pytest.mark.lasts(60), pytest.mark.django_db]


def sheet_run(direction: str) -> SheetRun:
    """Return a finished run of the goods workbook."""
    return SheetRun.objects.get_or_create(
        kind="catalog.goods", direction=direction, state="done", actor_kind="system", actor_label="x"
    )[0]


def new_batch() -> CardCodeBatch:
    """Return a batch of card codes."""
    card = MemberCard.objects.create(name="年卡", kind="year", price=9_900)
    return CardCodeBatch.objects.create(name="地推", card=card, quantity=1, created_at=clock.now())


def address(name: str) -> str:
    """Return the URL of a page; pages about one thing are asked about the first of its kind."""
    arguments: dict[str, Callable[[], list[Any]]] = {
        "role": lambda: [Group.objects.order_by("pk")[0].pk],
        "reset_password": lambda: [User.objects.order_by("pk")[0].pk],
        "reveal_member": lambda: [(Member.objects.first() or new_member()).pk],
        **dict.fromkeys(("ship_order", "reveal_order", "packing_slip"), lambda: [any_order().pk]),
        "goods_import_run": lambda: [sheet_run("import").pk],
        "goods_export_run": lambda: [sheet_run("export").pk],
        "card_codes": lambda: [(CardCodeBatch.objects.first() or new_batch()).pk],
        "home_section": lambda: [(HomeSection.objects.first() or make_section()).pk],
        "new_home_section": lambda: ["banners"],
        "auth_user_change": lambda: [User.objects.order_by("pk")[0].pk],
    }
    return reverse(f"admin:{name}", args=arguments[name]() if name in arguments else [])


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_pages_and_no_others(login: Login, role: str) -> None:
    browser = login(role)

    answers = {name: browser.get(address(name)).status_code for name in PAGES}

    assert answers == {name: 200 if role in allowed else 403 for name, allowed in PAGES.items()}


def test_staff_without_a_role_see_only_the_start_page(login: Login) -> None:
    browser = login(None)
    answers = {name: browser.get(address(name)).status_code for name in PAGES if name != "role"}
    assert answers.pop("index") == 200
    assert set(answers.values()) == {403}
    assert "您还没有任何角色" in browser.get(reverse("admin:index")).content.decode()


def test_strangers_and_shut_accounts_are_sent_to_the_login(staff: StaffMaker) -> None:
    shut = staff("owner")
    User.objects.filter(pk=shut.pk).update(is_active=False)
    browser = Client()
    browser.force_login(shut)
    for client in (Client(), browser):
        for name in PAGES:
            answer = client.get(address(name))
            assert answer.status_code == 302
            assert answer.headers["Location"].startswith("/admin/login/?next=")


def test_the_table_knows_every_page() -> None:
    """Given whatever is registered, then its list and add pages and every other page are in the table."""
    names = {page.name for page in console_pages()}
    for model in admin.site._registry:
        label = f"{model._meta.app_label}_{model._meta.model_name}"
        names |= {f"{label}_changelist", f"{label}_add"}
    assert names - set(PAGES) == set()


@pytest.mark.parametrize("role", ROLES)
def test_sidebar_and_start_page_name_only_what_the_role_may_open(login: Login, role: str) -> None:
    browser = login(role)
    links = {
        item["link"]
        for group in browser.get("/admin/").context["sidebar_navigation"]
        for item in group["items"]
    }
    # That these answer 200 in this role is shown by `test_a_role_opens_its_pages_and_no_others`.
    open_pages = {address(name) for name, allowed in PAGES.items() if role in allowed}
    assert links - open_pages == set()
    for name, allowed in PAGES.items():
        if role not in allowed and name not in ("role", "reset_password"):
            assert address(name) not in links


def test_all_models_are_listed_only_where_the_list_is_shown(
    login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given that asking every model costs, then pages that show the sidebar alone do not ask."""
    made: list[str | None] = []
    make = admin.AdminSite._build_app_dict

    def counted(site: admin.AdminSite, request: HttpRequest, label: str | None = None) -> Any:
        made.append(label)
        return make(site, request, label)

    monkeypatch.setattr(admin.AdminSite, "_build_app_dict", counted)
    browser = login("warehouse")

    assert browser.get(reverse("admin:orders_order_changelist")).status_code == 200
    assert made == []
    models = browser.get(reverse("admin:app_list", args=["catalog"])).context["app_list"][0]["models"]
    assert made == ["catalog"]
    listed = {model["admin_url"] for model in models}
    assert reverse("admin:catalog_stock_changelist") in listed
    assert browser.get(reverse("admin:app_list", args=["payments"])).status_code == 404


def test_an_unknown_page_and_an_unknown_record_are_messages_not_errors(login: Login) -> None:
    browser = login("owner")
    for path in ("/admin/nowhere/", "/admin/roles/999999/", "/admin/staff/999999/password/"):
        answer = browser.get(path)
        assert answer.status_code == 404
        assert "内容不存在" in answer.content.decode()
    for page in ("core/auditentry", "core/approval", "auth/user"):
        for record in ("999999", "abc"):
            gone = browser.get(f"/admin/{page}/{record}/change/", follow=True)
            assert (gone.status_code, gone.redirect_chain) == (200, [("/admin/", 302)])


def test_pages_come_with_a_policy_and_stay_out_of_caches(login: Login) -> None:
    answer = login("owner").get("/admin/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_policy_is_not_on_the_api(client: Client) -> None:
    assert "Content-Security-Policy" not in client.get("/healthz").headers
