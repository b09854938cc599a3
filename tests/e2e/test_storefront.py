"""Decorating the shop in a real browser: sections of the home page, and related products."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from catalog.models import HomeItem, HomeSection
from shop.storefront.models import RelatedChoice
from tests.catalog.factories import make_category, make_picture, make_product
from tests.storefront.sections import picture_bytes

pytestmark = [pytest.mark.lasts(10), pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


def draw(media: Path, number: int) -> int:
    """Return a picture of goods whose file is there."""
    file = media / "products" / f"{number}.jpg"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(picture_bytes(size=(80, 80)))
    return make_picture(file=f"products/{number}.jpg").pk


def type_a_banner(page: Page, url: str) -> None:
    """One picture that leads to a product found by name."""
    page.goto(f"{url}/admin/home/new/banners/")
    page.locator("[data-do=add]").click()
    row = page.locator("[data-list] [data-row]").first
    picture: FilePayload = {
        "name": "a.jpg",
        "mimeType": "image/jpeg",
        "buffer": picture_bytes(size=(750, 300)),
    }
    row.locator("input[type=file]").set_input_files(picture)
    row.locator("[name^=title-]").fill("春茶上市")
    row.locator("[name^=link-]").select_option("product")
    row.locator("input[type=search]").fill("龙井 1")
    row.locator("li", has_text="明前龙井 1").click()


def save_only_without_the_empty_row(page: Page, shoot: Callable[[Page, str], None]) -> None:
    """A second banner without a picture is refused, and nothing saved, until it is taken away."""
    page.locator("[data-do=add]").click()
    page.locator("[name=_continue]").click()
    page.wait_for_selector(".sf-row--wrong")  # the second row has no picture; the first keeps its own
    assert HomeSection.objects.count() == 0
    shoot(page, "home-section-refused")
    page.locator("[data-list] [data-row]").nth(1).locator("[data-do=remove]").click()
    page.locator("[name=_continue]").click()
    page.wait_for_url("**/admin/home/*/")


def add_a_group_of_goods(page: Page, url: str, shoot: Callable[[Page, str], None], category_id: int) -> None:
    """A section that shows what is in a category."""
    page.goto(f"{url}/admin/home/new/products/")
    page.locator("[name=source]").select_option("category")
    assert page.locator("[data-rows]").is_hidden()
    page.locator("[name=category]").select_option(str(category_id))
    page.locator("[name=title]").fill("好茶推荐")
    shoot(page, "home-group")
    page.locator("form [type=submit]").last.click()
    page.wait_for_url("**/admin/home/")


def move_the_group_up_and_delete_it(page: Page, shoot: Callable[[Page, str], None]) -> None:
    page.locator("#section-" + str(HomeSection.objects.get(kind="products").pk)).locator(
        "button[value^=up]"
    ).click()
    page.wait_for_load_state("networkidle")
    assert list(HomeSection.objects.values_list("kind", flat=True)) == ["products", "banners"]
    shoot(page, "home-sections")
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("button[value^=delete]").first.click()
    page.wait_for_load_state("networkidle")
    assert HomeSection.objects.get().kind == "banners"


def test_staff_build_a_home_page(
    page: Page,
    live_server: LiveServer,
    enter: Callable[..., object],
    shoot: Callable[[Page, str], None],
    media: Path,
):
    enter("operations")
    tea = make_category("茶叶")
    goods = [
        make_product(title=f"明前龙井 {n}", category_id=tea.pk, media_ids=(draw(media, n),)) for n in range(3)
    ]
    type_a_banner(page, live_server.url)
    save_only_without_the_empty_row(page, shoot)
    item = HomeItem.objects.get()
    assert (item.title, item.link, item.product_id) == ("春茶上市", "product", goods[1].pk)
    assert (media / str(item.image.name)).exists()
    shoot(page, "home-section")
    add_a_group_of_goods(page, live_server.url, shoot, tea.pk)
    move_the_group_up_and_delete_it(page, shoot)


def test_staff_choose_related_products(
    page: Page,
    live_server: LiveServer,
    enter: Callable[..., object],
    shoot: Callable[[Page, str], None],
    media: Path,
):
    enter("operations")
    tea = make_category("茶叶")
    told, other, third = (
        make_product(title=f"{title}", category_id=tea.pk, media_ids=(draw(media, n),))
        for n, title in enumerate(("龙井", "碧螺春", "毛峰"))
    )
    page.goto(f"{live_server.url}/admin/related/")
    page.locator(".sf-lookup input[type=search]").first.fill("龙井")
    page.locator("li", has_text="龙井").click()
    page.wait_for_url(f"**/admin/related/?product={told.pk}")
    page.locator("tr", has_text="毛峰").locator("button[value=block]").click()
    page.wait_for_load_state("networkidle")
    page.locator("tr", has_text="碧螺春").locator("button[value=pin]").click()
    page.wait_for_load_state("networkidle")
    assert set(RelatedChoice.objects.values_list("other_id", "kind")) == {
        (third.pk, "block"),
        (other.pk, "pin"),
    }
    shoot(page, "related")
    page.locator("tr", has_text="毛峰").locator("button[value=forget]").click()
    page.wait_for_load_state("networkidle")
    assert RelatedChoice.objects.get().other_id == other.pk
