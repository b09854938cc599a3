"""Tiers in a real browser: a tier with benefits and a gift, a price of a SKU, a member's tier set by hand."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from members.tiers.demo import load_tiers
from members.tiers.models import SkuTierPrice, Tier
from members.tiers.queries import terms_of
from shop.core import runtime
from tests.catalog.factories import make_sku
from tests.members.shoppers import new_member
from tests.waiting import wait_until

pytestmark = [pytest.mark.lasts(10), pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Shoot = Callable[[Page, str], None]
Enter = Callable[..., User]


@pytest.fixture
def ladder(transactional_db: None) -> Any:
    load_tiers()
    runtime.forget()
    yield {tier.level: tier for tier in Tier.objects.all()}
    runtime.forget()


def test_a_tier_with_a_price_of_a_sku(
    live_server: LiveServer, page: Page, enter: Enter, shoot: Shoot, ladder: Any
) -> None:
    sku = make_sku(price=5_900)
    enter("operations")
    page.goto(f"{live_server.url}/admin/members/tier/")
    expect(page.get_by_text("金卡会员").first).to_be_visible()
    shoot(page, "tiers")
    page.goto(f"{live_server.url}/admin/members/tier/{ladder[3].pk}/change/")
    shoot(page, "tiers-record")
    page.locator("input[name=discount_permille]").fill("930")
    page.locator("button[name=_save], input[name=_save]").first.click()
    wait_until(lambda: Tier.objects.get(level=3).discount_permille == 930)

    page.goto(f"{live_server.url}/admin/members/skutierprice/")
    page.locator('a[href*="/set-prices"]').first.click()
    page.locator("select[name=tier]").select_option(str(ladder[3].pk))
    page.locator("textarea[name=prices]").fill(f"{sku.code} 49.90")
    shoot(page, "tiers-set-prices")
    page.locator("textarea[name=prices]").locator("xpath=ancestor::form").locator(
        "button[type=submit], input[type=submit]"
    ).first.click()
    wait_until(lambda: SkuTierPrice.objects.filter(sku=sku, price=4_990).exists())
    expect(page.get_by_text("49.90").first).to_be_visible()
    shoot(page, "tiers-prices")


def test_a_members_tier_is_set_by_hand(
    live_server: LiveServer, page: Page, enter: Enter, shoot: Shoot, ladder: Any
) -> None:
    member = new_member("o-browser", nickname="小集")
    enter("service")
    page.goto(f"{live_server.url}/admin/members/member/{member.pk}/change/")
    page.locator('a[href*="/set-tier"]').first.click()
    page.locator("#dialog select[name=tier]").select_option(str(ladder[2].pk))
    page.locator("#dialog textarea[name=reason]").fill("投诉补偿")
    shoot(page, "tiers-set")
    page.locator("#dialog button[type=submit], #dialog input[type=submit]").first.click()

    def is_silver() -> bool:
        terms = terms_of(member.pk, [])
        return terms is not None and terms.tier_id == ladder[2].pk

    wait_until(is_silver)
    expect(page.locator("#dialog textarea")).to_have_count(0)  # the page has been shown anew
    page.goto(f"{live_server.url}/admin/members/member/{member.pk}/change/")
    expect(page.get_by_text("投诉补偿").first).to_be_visible()
    shoot(page, "tiers-member")
