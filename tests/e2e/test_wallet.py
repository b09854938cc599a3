"""The wallet in a real browser: look, adjust with a second person's approval, refund, offer packages."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from members.wallet.models import Recharge, RechargePackage
from members.wallet.services.spending import debit_wallet
from shop.core import clock
from shop.core.models.approvals import Approval
from tests.members.shoppers import new_member
from tests.members.wallet.purses import Rich
from tests.waiting import wait_until

pytestmark = [pytest.mark.lasts(10), pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Shoot = Callable[[Page, str], None]
Enter = Callable[..., User]


@pytest.fixture
def rich(transactional_db: None) -> Rich:
    rich = Rich(new_member("o-browser", nickname="小集")).given(principal=50_000, gift=5_000)
    now = clock.now()
    Recharge.objects.create(
        number="RECHARGE000000000000001A",
        member=rich.member,
        package_name="充 500 元送 50 元",
        amount=50_000,
        gift_money=5_000,
        state="paid",
        created_at=now,
        expires_at=now,
        paid_at=now,
    )
    debit_wallet(member_id=rich.id, amount=12_345, payment_number="PAYMENT0000000000000001A")
    return rich


def press(page: Page, action: str) -> None:
    """Open the dialog of a record's button."""
    page.locator(f'a[href*="/{action}"]').first.click()


def test_adjusting_a_wallet_takes_two_people(
    live_server: LiveServer, page: Page, context: BrowserContext, enter: Enter, shoot: Shoot, rich: Rich
) -> None:
    enter("service")
    page.goto(f"{live_server.url}/admin/members/member/{rich.id}/change/")
    expect(page.get_by_text("¥376.55").first).to_be_visible()
    shoot(page, "wallet-member")
    press(page, "adjust-wallet")
    page.locator("#dialog select[name=account]").select_option("gift")
    page.locator("#dialog input[name=amount]").fill("8.88")
    page.locator("#dialog textarea[name=reason]").fill("补偿")
    shoot(page, "wallet-adjust")
    page.locator("#dialog button[type=submit]").click()
    wait_until(Approval.objects.exists)
    expect(page.locator("#dialog textarea")).to_have_count(0)  # the page has been shown anew
    assert rich.balance == (37_655, 5_000)

    context.clear_cookies()
    enter("finance")
    held = Approval.objects.get()
    page.goto(f"{live_server.url}/admin/core/approval/{held.pk}/change/")
    shoot(page, "wallet-approval")
    press(page, "approve")
    page.locator("#dialog button[type=submit]").click()
    wait_until(Approval.objects.filter(pk=held.pk, state="approved").exists)
    assert rich.balance == (37_655, 5_888)


def test_the_pages_of_the_wallet(
    live_server: LiveServer, page: Page, enter: Enter, shoot: Shoot, rich: Rich
) -> None:
    enter("operations")
    page.goto(f"{live_server.url}/admin/members/rechargepackage/add/")
    page.locator("input[name=name]").fill("充 100 元送 10 元")
    page.locator("input[name=price]").fill("100")
    page.locator("input[name=gift_money]").fill("10")
    shoot(page, "wallet-package")
    page.locator("button[name=_save], input[name=_save]").first.click()
    expect(page.get_by_text("充 100 元送 10 元").first).to_be_visible()
    shoot(page, "wallet-packages")
    package = RechargePackage.objects.get()
    assert (Decimal(package.price), package.gift_money) == (Decimal(10_000), 1_000)

    page.goto(f"{live_server.url}/admin/members/walletentry/")
    expect(page.get_by_text("PAYMENT0000000000000001A")).to_be_visible()
    shoot(page, "wallet-entries")
    page.goto(f"{live_server.url}/admin/members/recharge/")
    shoot(page, "wallet-recharges")
    page.get_by_role("link", name="RECHARGE000000000000001A").first.click()
    expect(page.get_by_text(re.compile(r"376\.55")).first).to_be_visible()
    shoot(page, "wallet-recharge")


def test_the_workbook_of_a_month(
    live_server: LiveServer, page: Page, enter: Enter, shoot: Shoot, rich: Rich
) -> None:
    enter("finance")
    page.goto(f"{live_server.url}/admin/members/wallet-export/")
    shoot(page, "wallet-export")
    page.locator("input[name=month]").fill(f"{clock.today():%Y-%m}")
    with page.expect_download() as download:
        page.locator("main button[type=submit], form button[type=submit]").last.click()
    assert download.value.suggested_filename == f"wallet-{clock.today():%Y-%m}.xlsx"
