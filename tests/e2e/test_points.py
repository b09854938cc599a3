"""Points in a real browser: look, adjust with a second person's approval, rules, the mall."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from members.points.models import MallGoods, PendingReward, RewardRule
from members.points.services import add_growth, earn_points, spend_points
from shop.core import clock
from shop.core.models.approvals import Approval
from tests.catalog.factories import make_sku
from tests.members.points.savers import Saver
from tests.members.shoppers import new_member
from tests.waiting import wait_until

pytestmark = [pytest.mark.lasts(10), pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Shoot = Callable[[Page, str], None]
Enter = Callable[..., User]


@pytest.fixture
def saver(transactional_db: None) -> Saver:
    saver = Saver(new_member("o-points-browser", nickname="小集"))
    earn_points(member_id=saver.id, amount=1_200, reason="sign_up", reference="sign_up")
    spend_points(member_id=saver.id, amount=345, reason="order_points", reference="ORDER000000000000000001A")
    add_growth(member_id=saver.id, amount=77, reason="order", reference="ORDER000000000000000001A")
    PendingReward.objects.create(
        member_id=saver.id,
        reference="ORDER000000000000000001A",
        points=41,
        growth=41,
        points_reversed=8,
        growth_reversed=8,
        created_at=clock.now(),
    )
    return saver


def save(page: Page) -> None:
    page.locator("button[name=_save], input[name=_save]").first.click()


def test_adjusting_points_takes_two_people(
    live_server: LiveServer, page: Page, context: BrowserContext, enter: Enter, shoot: Shoot, saver: Saver
) -> None:
    enter("service")
    page.goto(f"{live_server.url}/admin/members/member/{saver.id}/change/")
    expect(page.get_by_text("855").first).to_be_visible()
    shoot(page, "points-member")
    page.locator('a[href*="/adjust-points"]').first.click()
    page.locator("#dialog select[name=account]").select_option("points")
    page.locator("#dialog input[name=amount]").fill("-55")
    page.locator("#dialog textarea[name=reason]").fill("重复发放")
    shoot(page, "points-adjust")
    page.locator("#dialog button[type=submit]").click()
    wait_until(Approval.objects.exists)
    expect(page.locator("#dialog textarea")).to_have_count(0)  # the page has been shown anew
    assert saver.points == 855

    context.clear_cookies()
    enter("finance")
    held = Approval.objects.get()
    page.goto(f"{live_server.url}/admin/core/approval/{held.pk}/change/")
    shoot(page, "points-approval")
    page.locator('a[href*="/approve"]').first.click()
    page.locator("#dialog button[type=submit]").click()
    wait_until(Approval.objects.filter(pk=held.pk, state="approved").exists)
    assert saver.points == 800


def test_the_pages_of_points(
    live_server: LiveServer, page: Page, enter: Enter, shoot: Shoot, saver: Saver
) -> None:
    sku = make_sku()
    enter("operations")
    page.goto(f"{live_server.url}/admin/members/rewardrule/add/")
    page.locator("select[name=kind]").select_option("order")
    page.locator("input[name=points]").fill("2")
    page.locator("input[name=points_per_day]").fill("500")
    shoot(page, "points-rule")
    save(page)
    wait_until(RewardRule.objects.filter(kind="order", points=2, points_per_day=500).exists)
    shoot(page, "points-rules")

    page.goto(f"{live_server.url}/admin/members/mallgoods/add/")
    page.locator("input[name=sku_code]").fill(sku.code)
    page.locator("input[name=points]").fill("500")
    page.locator("input[name=cash]").fill("9.90")
    page.locator("input[name=quota]").fill("20")
    shoot(page, "points-mall-add")
    save(page)
    wait_until(MallGoods.objects.filter(sku=sku, points=500, cash=990, quota=20).exists)
    expect(page.get_by_text(sku.code).first).to_be_visible()
    shoot(page, "points-mall")

    for name in ("pointsaccount", "pointsentry", "growthentry", "pendingreward", "redemption"):
        page.goto(f"{live_server.url}/admin/members/{name}/")
        shoot(page, f"points-{name}")
