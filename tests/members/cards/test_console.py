"""The card room's console pages: cards, batches and their codes, periods, purchases and refunds."""

from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from members.cards.demo import load_cards
from members.cards.models import CardCode, CardCodeBatch, CardPurchase, MemberCard
from members.cards.queries import holding_of
from members.cards.services.codes import code_hash
from members.cards.services.purchases import book_purchase, new_purchase
from members.cards.wording import discount_text
from members.wallet.models import RechargePackage
from shop.core.db import transaction
from shop.core.models import AuditEntry
from shop.core.models.approvals import Approval
from shop.core.runtime import value
from shop.payments.models import Payment
from tests.admin_ui.conftest import Login, login, roles, staff
from tests.members.cards.holders import card
from tests.members.wallet.purses import Rich
from tests.members.wallet.test_console import page, press

pytestmark = pytest.mark.django_db
__all__ = ["login", "roles", "staff"]  # the console's fixtures


@pytest.fixture
def purchase(rich: Rich) -> CardPurchase:
    """A year for 99.00 with a gift of 10.00, paid."""
    with transaction():
        bought = new_purchase(rich.id, card(opening_gift=1_000), holding_of(rich.id))
        bought.save()
        book_purchase(bought)
    Payment.objects.create(
        number="PAY1",
        payable_kind="card",
        payable_number=bought.number,
        part="full",
        member_id=rich.id,
        method="wechat",
        amount=9_900,
        captured=9_900,
        state="paid",
        disposition="kept",
        created_at=bought.created_at,
    )
    return bought


def save(browser: Client, form: str, **fields: object) -> None:
    assert browser.post(reverse(f"admin:{form}"), fields, follow=True).status_code == 200


FIELDS = {
    "name": "年卡",
    "kind": "year",
    "trial_days": 7,
    "series": "",
    "price": "99.00",
    "renewal_price": "80.00",
    "is_active": "on",
    "position": 0,
    "discount_permille": 950,
    "tier": "",
    "opening_gift": "10.00",
    "renewal_gift": "0",
    "description": "",
}


def test_a_card_is_made_in_yuan_and_recorded(login: Login) -> None:
    browser = login("operations")
    save(browser, "members_membercard_add", **FIELDS)
    made = MemberCard.objects.get()
    assert (made.price, made.renewal_price, made.opening_gift) == (9_900, 8_000, 1_000)
    assert AuditEntry.objects.latest("pk").action == "members.edit_member_card"
    text = page(browser, "members_membercard_changelist")
    assert "99.00" in text
    save(browser, "members_membercard_add", **{**FIELDS, "price": "0"})
    assert MemberCard.objects.count() == 1


def test_a_batch_is_made_exported_once_and_stopped(login: Login) -> None:
    what = card()
    browser = login("operations")
    save(
        browser,
        "members_cardcodebatch_add",
        name="地推",
        card=what.pk,
        quantity=25,
        redeem_until_0="",
        redeem_until_1="",
    )
    batch = CardCodeBatch.objects.get()
    assert (batch.quantity, CardCode.objects.count()) == (25, 25)
    assert "地推" in page(browser, "members_cardcodebatch_changelist")
    assert (
        reverse("admin:card_codes", args=[batch.pk])
        in (
            browser.get(reverse("admin:members_cardcodebatch_export_codes", args=[batch.pk])).headers[
                "Location"
            ]
        )
    )

    path = reverse("admin:card_codes", args=[batch.pk])
    assert browser.get(path).status_code == 200
    answer = browser.post(path)

    assert answer.headers["Content-Disposition"] == f'attachment; filename="card-codes-{batch.pk}.xlsx"'
    sheet = load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    codes = [str(row[0]) for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert {code_hash(code) for code in codes} == {*CardCode.objects.values_list("code_hash", flat=True)}
    again = browser.post(path)
    assert again.headers["Content-Type"].startswith("text/html")
    assert codes[0] not in again.content.decode()
    press(browser, "members_cardcodebatch", batch.pk, "stop", reason="印错了")
    batch.refresh_from_db()
    assert batch.is_active is False
    text = page(browser, "members_cardcodebatch_change", batch.pk)
    assert not any(code in text for code in codes)
    assert browser.get(reverse("admin:card_codes", args=[batch.pk + 1])).status_code == 404


def test_who_may_not_export_gets_nothing(login: Login) -> None:
    batch = CardCodeBatch.objects.create(name="x", card=card(), quantity=1, created_at="2026-01-01T00:00Z")
    for role in ("service", "finance", "auditor"):
        assert login(role).post(reverse("admin:card_codes", args=[batch.pk])).status_code == 403
    batch.refresh_from_db()
    assert batch.exported_at is None


def test_a_purchase_explains_its_refund_and_asks_for_a_second_person(
    login: Login, rich: Rich, purchase: CardPurchase
) -> None:
    browser = login("service")
    text = page(browser, "members_cardpurchase_change", purchase.pk)
    assert "99.00" in text
    assert "10.00" in text

    press(browser, "members_cardpurchase", purchase.pk, "refund", reason="不想要了")

    assert Approval.objects.get().payload == {
        "purchase": purchase.number,
        "paid_back_amount": 9_900,
        "gift_taken_amount": 1_000,
        "gift_deducted_amount": 0,
    }
    purchase.refresh_from_db()
    assert purchase.state == "paid"
    assert "年卡" in page(browser, "members_member_change", rich.id)
    assert "年卡" in page(browser, "members_membercardperiod_changelist", query=f"?q={rich.id}")
    period = rich.member.card_periods.get()
    assert "10.00" in page(browser, "members_membercardperiod_change", period.pk)
    CardPurchase.objects.update(state="refunded", refunded_at=purchase.paid_at)
    assert page(browser, "members_cardpurchase_change", purchase.pk)


def test_a_package_gives_a_card_by_its_name(login: Login) -> None:
    given = card(name="赠送年卡")
    browser = login("operations")
    assert "赠送年卡" in page(browser, "members_rechargepackage_add")
    fields = {
        "name": "充500送年卡",
        "price": "500",
        "limit_per_member": "",
        "is_active": "on",
        "position": 0,
        "gift_money": "0",
        "gift_points": 0,
        "gift_growth": 0,
    }
    save(browser, "members_rechargepackage_add", **fields, gift_card=10**9)
    assert not RechargePackage.objects.exists()
    save(browser, "members_rechargepackage_add", **fields, gift_card=given.pk)
    assert RechargePackage.objects.get().gift_card == given.pk


def test_the_demonstration_has_cards() -> None:
    assert load_cards() == "4 member cards"
    assert load_cards() == "0 member cards"
    assert value("cards_enabled") is True
    assert (discount_text(950), discount_text(1000)) != ("", "")
