"""The wallet's console pages: look, adjust and refund with two people, packages, the monthly workbook."""

from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from members.wallet.demo import load_packages
from members.wallet.models import Recharge, RechargePackage
from members.wallet.queries import monthly_statements
from members.wallet.services.spending import debit_wallet
from shop.core import clock
from shop.core.models import AuditEntry
from shop.core.models.approvals import Approval
from shop.payments.models import Refund
from tests.admin_ui.conftest import Login, login, roles, staff
from tests.members.wallet.purses import Rich

pytestmark = pytest.mark.django_db
__all__ = ["login", "roles", "staff"]  # the console's fixtures


def page(browser: Client, name: str, *args: object, query: str = "") -> str:
    answer = browser.get(reverse(f"admin:{name}", args=args) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def press(browser: Client, name: str, pk: int, action: str, **data: object) -> str:
    """Press a record's button and fill its dialog."""
    path = reverse(f"admin:{name}_{action}", args=[pk])
    answer = browser.post(path, {"_confirmed": "1", **data}, follow=True)
    return answer.content.decode()


@pytest.fixture
def recharge(rich: Rich) -> Recharge:
    now = clock.now()
    return Recharge.objects.create(
        number="R1",
        member=rich.member,
        package_name="充50送5",
        amount=5_000,
        gift_money=500,
        state="paid",
        created_at=now,
        expires_at=now,
        paid_at=now,
    )


def test_entries_are_listed_and_found_by_member_or_number(login: Login, rich: Rich) -> None:
    debit_wallet(member_id=rich.id, amount=12_000, payment_number="PAYNUMBER1")
    browser = login("finance")

    everything = page(browser, "members_walletentry_changelist")
    one = page(browser, "members_walletentry_changelist", query="?q=PAYNUMBER1")
    none = page(browser, "members_walletentry_changelist", query=f"?q={rich.id + 1}")
    own = page(browser, "members_walletentry_changelist", query=f"?q={rich.id}&account=gift")

    assert "-100.00" in everything
    assert "30.00" in everything
    assert "PAYNUMBER1" in one
    assert "30.00" not in one.replace("130.00", "")
    assert "PAYNUMBER1" not in none.replace('value="PAYNUMBER1"', "")
    assert "-20.00" in own
    assert "-100.00" not in own


def test_the_member_page_shows_the_wallet(login: Login, rich: Rich) -> None:
    text = page(login("service"), "members_member_change", rich.id)
    assert "¥100.00" in text
    assert "¥30.00" in text


def test_adjusting_from_the_member_page_waits_for_a_second_person(login: Login, rich: Rich) -> None:
    text = press(
        login("service"),
        "members_member",
        rich.id,
        "adjust_wallet",
        account="gift",
        amount="-5.00",
        reason="多送了",
    )
    assert text
    held = Approval.objects.get()
    assert held.payload == {"member": rich.id, "gift_amount": -500}
    assert rich.balance == (10_000, 3_000)


def test_who_may_not_adjust_sees_no_button_and_cannot_press_it(login: Login, rich: Rich) -> None:
    browser = login("operations")
    path = reverse("admin:members_member_adjust_wallet", args=[rich.id])
    assert path not in page(browser, "members_member_change", rich.id)
    assert browser.post(path, {"account": "gift", "amount": "1", "reason": "x"}).status_code == 403
    assert not Approval.objects.exists()


def test_a_recharge_explains_its_refund_and_asks_for_a_second_person(
    login: Login, rich: Rich, recharge: Recharge
) -> None:
    debit_wallet(member_id=rich.id, amount=7_000, payment_number="P")
    browser = login("service")

    text = page(browser, "members_recharge_change", recharge.pk)
    assert "30.00" in text  # of the 50.00, 30.00 are left

    press(browser, "members_recharge", recharge.pk, "refund", reason="不想要了")
    assert Approval.objects.get().payload == {
        "recharge": "R1",
        "paid_back_amount": 3_000,
        "gift_taken_amount": 500,
        "gift_deducted_amount": 0,
    }
    assert not Refund.objects.exists()


def test_spent_gift_money_is_explained(login: Login, rich: Rich, recharge: Recharge) -> None:
    debit_wallet(member_id=rich.id, amount=12_900, payment_number="P")
    recharge.gift_money = 2_000
    recharge.save()
    browser = login("service")
    assert "19.00" in page(browser, "members_recharge_change", recharge.pk)
    recharge.state = "refunded"
    recharge.save()
    assert "19.00" not in page(browser, "members_recharge_change", recharge.pk)
    assert "R1" in page(browser, "members_recharge_changelist", query=f"?q={rich.id}")


def package_form(**changes: object) -> dict[str, object]:
    return {
        "name": "充100送10",
        "price": "100.00",
        "gift_money": "10",
        "gift_points": "0",
        "gift_growth": "0",
        "gift_card": "",
        "limit_per_member": "",
        "is_active": "on",
        "position": "1",
        **changes,
    }


def test_packages_are_written_in_yuan(login: Login, rich: Rich) -> None:
    browser = login("operations")
    browser.post(reverse("admin:members_rechargepackage_add"), package_form())
    package = RechargePackage.objects.get()
    assert (package.price, package.gift_money, package.limit_per_member) == (10_000, 1_000, None)
    assert "充100送10" in page(browser, "members_rechargepackage_changelist")
    assert AuditEntry.objects.filter(action="members.edit_recharge_package").count() == 1


def test_a_gift_that_nobody_gives_is_refused(
    login: Login, rich: Rich, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("members.gifts.GIFT_KINDS", ("members.wallet.giving.GiftMoney",))
    browser = login("operations")
    answer = browser.post(reverse("admin:members_rechargepackage_add"), package_form(gift_card="7"))
    assert answer.status_code == 200
    assert not RechargePackage.objects.exists()


def test_the_month_of_every_wallet_as_a_workbook(login: Login, rich: Rich) -> None:
    debit_wallet(member_id=rich.id, amount=4_050, payment_number="P")
    browser = login("finance")
    path = reverse("admin:wallet_export")
    assert f"{clock.today():%Y}" in browser.get(path).content.decode()
    assert browser.post(path, {"month": "2026-13"}).status_code == 200
    assert not AuditEntry.objects.filter(action="members.export_wallet").exists()

    answer = browser.post(path, {"month": f"{clock.today():%Y-%m}"})

    assert answer["Content-Disposition"] == f'attachment; filename="wallet-{clock.today():%Y-%m}.xlsx"'
    rows = list(load_workbook(BytesIO(answer.content)).worksheets[0].values)
    assert rows[1] == (rich.id, 0, 100, 40.5, 59.5, 0, 30, 0, 30)
    assert rows[2][1:] == rows[1][1:]
    assert len(list(monthly_statements(clock.today()))) == 1
    assert AuditEntry.objects.get(action="members.export_wallet").subject_id == f"{clock.today():%Y-%m}"


def test_a_fresh_shop_gets_packages_once(db: None) -> None:
    assert load_packages() == "3 recharge packages"
    assert load_packages() == "0 recharge packages"
    assert RechargePackage.objects.count() == 3
