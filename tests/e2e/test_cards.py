"""Member cards in a real browser: offer one, make and export codes, refund a purchase with two people."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from openpyxl import load_workbook
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from members.cards.models import CardCodeBatch, CardPurchase, MemberCard, MemberCardPeriod
from members.cards.queries import holding_of
from members.cards.services.purchases import book_purchase, new_purchase
from shop.core import clock
from shop.core.db import transaction
from shop.core.models.approvals import Approval
from shop.payments.models import Payment
from tests.members.cards.holders import card
from tests.members.shoppers import new_member
from tests.members.wallet.purses import Rich
from tests.waiting import wait_until

pytestmark = [pytest.mark.lasts(10), pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Shoot = Callable[[Page, str], None]
Enter = Callable[..., User]


@pytest.fixture
def purchase(transactional_db: None) -> CardPurchase:
    """A year for 99.00 with a gift of 10.00, paid today."""
    rich = Rich(new_member("o-browser", nickname="小集"))
    with transaction():
        bought = new_purchase(rich.id, card(name="优享年卡", opening_gift=1_000), holding_of(rich.id))
        bought.save()
        book_purchase(bought)
    Payment.objects.create(
        number="PAYMENT0000000000000002A",
        payable_kind="card",
        payable_number=bought.number,
        part="full",
        member_id=rich.id,
        method="wechat",
        amount=9_900,
        captured=9_900,
        state="paid",
        disposition="kept",
        created_at=clock.now(),
    )
    return bought


def test_offering_a_card_and_handing_out_its_codes(
    live_server: LiveServer, page: Page, enter: Enter, shoot: Shoot, tmp_path: Path
) -> None:
    enter("operations")
    page.goto(f"{live_server.url}/admin/members/membercard/add/")
    page.locator("input[name=name]").fill("优享月卡")
    page.locator("select[name=kind]").select_option("month")
    page.locator("input[name=price]").fill("15.00")
    page.locator("input[name=discount_permille]").fill("950")
    page.locator("input[name=opening_gift]").fill("2")
    shoot(page, "cards-add")
    page.locator("button[name=_save], input[name=_save]").first.click()
    wait_until(MemberCard.objects.exists)
    made = MemberCard.objects.get()
    assert (made.price, made.opening_gift) == (1_500, 200)
    shoot(page, "cards-list")

    batch = CardCodeBatch.objects.create(
        name="地推一期", card=made, quantity=3, sealed="A\nB\nC", created_at=clock.now()
    )
    page.goto(f"{live_server.url}/admin/members/cardcodebatch/{batch.pk}/change/")
    shoot(page, "cards-batch")
    page.goto(f"{live_server.url}/admin/members/card-codes/{batch.pk}/")
    shoot(page, "cards-codes")
    with page.expect_download() as download:
        page.locator("form button[type=submit]").last.click()
    path = tmp_path / "codes.xlsx"
    download.value.save_as(path)
    sheet = load_workbook(path).active
    assert sheet is not None
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == ["A", "B", "C"]
    page.reload()
    expect(page.locator("main form button[type=submit], #content form button[type=submit]")).to_have_count(0)
    shoot(page, "cards-codes-gone")


def test_refunding_a_card_takes_two_people(
    live_server: LiveServer,
    page: Page,
    context: BrowserContext,
    enter: Enter,
    shoot: Shoot,
    purchase: CardPurchase,
) -> None:
    enter("service")
    page.goto(f"{live_server.url}/admin/members/cardpurchase/")
    shoot(page, "cards-purchases")
    page.goto(f"{live_server.url}/admin/members/cardpurchase/{purchase.pk}/change/")
    shoot(page, "cards-purchase")
    page.locator(f'a[href*="/{purchase.pk}/refund"]').first.click()
    page.locator("#dialog textarea[name=reason]").fill("不想要了")
    page.locator("#dialog button[type=submit]").click()
    wait_until(Approval.objects.exists)
    expect(page.locator("#dialog textarea")).to_have_count(0)  # the page has been shown anew
    assert MemberCardPeriod.objects.get().ended_at is None

    context.clear_cookies()
    enter("finance")
    held = Approval.objects.get()
    page.goto(f"{live_server.url}/admin/core/approval/{held.pk}/change/")
    shoot(page, "cards-approval")
    page.locator('a[href*="/approve"]').first.click()
    page.locator("#dialog button[type=submit]").click()
    wait_until(lambda: CardPurchase.objects.get().state == "refunding")
    assert MemberCardPeriod.objects.get().end_reason == "refunded"
    expect(page.locator("#dialog textarea")).to_have_count(0)  # the page has been shown anew
    page.wait_for_load_state("networkidle")
    page.goto(f"{live_server.url}/admin/members/membercardperiod/")
    shoot(page, "cards-periods")
