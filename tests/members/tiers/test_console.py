"""The tiers' console pages: the ladder with its gifts, prices, packs, history, and setting a tier by hand."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from members.tiers.models import HolidayPack, SkuTierPrice, Tier, TierGift
from shop.core.models import AuditEntry
from tests.admin_ui.conftest import Login, login, roles, staff
from tests.catalog.factories import make_sku
from tests.members.tiers.climbers import Climber, gift
from tests.members.wallet.test_console import page, press

pytestmark = pytest.mark.django_db
__all__ = ["login", "roles", "staff"]  # the console's fixtures


def form_of(tier: Tier | None = None, *gifts: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What a browser sends for a tier; ``gifts`` are new rows."""
    fields = (
        "name", "level", "from_growth", "from_spent", "from_orders", "keep_months", "keep_growth",
        "keep_spent", "keep_orders", "grace_days", "discount_permille", "free_shipping",
        "free_shipping_times", "points_permille", "member_day", "member_day_number",
        "member_day_discount_permille", "member_day_points_permille", "early_access_minutes",
        "service_contact", "description", "image",
    )  # fmt: skip
    blank = tier or Tier(name="铂金", level=4)
    data = {name: "" if getattr(blank, name) is None else getattr(blank, name) for name in fields}
    data |= {"from_spent": "", "keep_spent": "", "is_active": "on"}
    data |= {"gifts-TOTAL_FORMS": len(gifts), "gifts-INITIAL_FORMS": 0}
    for number, row in enumerate(gifts):
        filled = {"money": "0", "points": "0", "growth": "0", "card": "", **row}
        data |= {f"gifts-{number}-{name}": value for name, value in filled.items()}
        data[f"gifts-{number}-tier"] = "" if tier is None else tier.pk
    return {**data, **changes}


def send(browser: Client, name: str, data: dict[str, Any], *args: object) -> Any:
    return browser.post(reverse(f"admin:{name}", args=args), data)


def test_a_tier_is_made_with_its_benefits_and_gifts(login: Login, ladder: Any) -> None:
    row = {"occasion": "level_up", "money": "20.00", "points": "100"}

    answer = send(
        login("operations"),
        "members_tier_add",
        form_of(None, row, from_spent="10000.00", discount_permille=880),
    )

    assert answer.status_code == 302, answer.content.decode()[:20000]
    tier = Tier.objects.get(level=4)
    assert (tier.from_spent, tier.discount_permille) == (1_000_000, 880)
    assert list(tier.gifts.values_list("occasion", "money", "points")) == [("level_up", 2_000, 100)]
    entries = AuditEntry.objects.filter(action="members.edit_tier").order_by("pk")
    assert [bool(entry.after) for entry in entries] == [True, True]
    assert entries[1].after["gifts"][0]["money"] == 2_000


@pytest.mark.parametrize(
    ("changes", "row"),
    [
        ({"free_shipping": "monthly"}, None),
        ({"member_day": "weekly", "member_day_number": 8}, None),
        ({"discount_permille": 0}, None),
        ({"points_permille": 999}, None),
        ({"level": 3}, None),
        ({}, {"occasion": "birthday", "money": "-1"}),
    ],
)
def test_what_makes_no_sense_is_refused_beside_the_field(
    login: Login, ladder: Any, changes: dict[str, Any], row: dict[str, Any] | None
) -> None:
    rows = () if row is None else (row,)
    answer = send(login("operations"), "members_tier_add", form_of(None, *rows, **changes))
    assert answer.status_code == 200
    assert Tier.objects.count() == 3
    assert TierGift.objects.count() == 0


def test_a_tier_keeps_its_level_and_is_looked_at_anew(login: Login, ladder: Any) -> None:
    tier = ladder["银卡"]
    answer = send(
        login("operations"),
        "members_tier_change",
        form_of(tier, name="银卡会员", level=9, from_spent="500.00"),
        tier.pk,
    )
    assert answer.status_code == 302
    after = Tier.objects.get(pk=tier.pk)
    assert (after.name, after.level, after.from_spent) == ("银卡会员", 2, 50_000)
    assert after.changed_at > tier.changed_at


def test_prices_of_many_skus_at_once(login: Login, ladder: Any) -> None:
    sku, other = make_sku(price=1_000), make_sku(price=2_000)
    path = reverse("admin:members_skutierprice_set_prices")
    browser = login("operations")

    def send_prices(text: str) -> str:
        data = {"_confirmed": "1", "tier": ladder["金卡"].pk, "prices": text}
        return browser.post(path, data, follow=True).content.decode()

    send_prices(f"{sku.code} 9.50\n{other.code}\t18\n\n")
    assert list(SkuTierPrice.objects.order_by("price").values_list("sku", "price")) == [
        (sku.pk, 950),
        (other.pk, 1_800),
    ]
    send_prices(f"{sku.code} -\n{other.code} 17.00")
    assert list(SkuTierPrice.objects.values_list("sku", "price")) == [(other.pk, 1_700)]
    assert AuditEntry.objects.latest("pk").before == {"sku_prices": {sku.code: "950", other.code: "1800"}}
    for nonsense in (f"{other.code} abc", "9.50", f"{other.code} -3", "NO-SUCH 1.00"):
        send_prices(nonsense)
    assert list(SkuTierPrice.objects.values_list("sku", "price")) == [(other.pk, 1_700)]
    text = page(browser, "members_skutierprice_changelist", query=f"?q={other.code}")
    assert "17.00" in text
    assert "20.00" in text
    assert login("service").post(path, {"_confirmed": "1"}).status_code == 403


def test_holiday_packs(login: Login, ladder: Any) -> None:
    data = {"name": "春节", "day": "2027-02-06", "tier": ladder["普通"].pk}
    data |= {"money": "6.66", "points": "0", "growth": "0", "card": ""}
    browser = login("operations")
    assert send(browser, "members_holidaypack_add", data).status_code == 302
    assert HolidayPack.objects.get().money == 666
    assert send(browser, "members_holidaypack_add", data).status_code == 200  # the same tier and day
    assert HolidayPack.objects.count() == 1
    assert "春节" in page(browser, "members_holidaypack_changelist")


def test_staff_set_and_end_a_tier_on_the_members_page(login: Login, climber: Climber, ladder: Any) -> None:
    browser = login("service")
    press(browser, "members_member", climber.id, "set_tier", tier=ladder["金卡"].pk, reason="投诉补偿")
    assert climber.tier == "金卡"
    text = page(browser, "members_member_change", climber.id)
    assert "投诉补偿" in text
    press(browser, "members_member", climber.id, "end_tier", reason="到期")
    assert climber.tier == "普通"
    press(browser, "members_member", climber.id, "set_tier", tier=ladder["金卡"].pk)
    assert climber.tier == "普通"  # no reason, no deed
    assert [
        entry.reason for entry in AuditEntry.objects.filter(action="members.set_member_tier").order_by("pk")
    ] == [
        "投诉补偿",
        "到期",
    ]


def test_history_and_gifts_are_listed(login: Login, climber: Climber, ladder: Any) -> None:
    gift(ladder["银卡"], "level_up", money=1_234)
    climber.spends(100_000)
    browser = login("auditor")
    assert "银卡" in page(browser, "members_tierchange_changelist", query=f"?q={climber.id}")
    assert "12.34" in page(browser, "members_tierissue_changelist")
    assert "金卡" in page(browser, "members_tier_changelist")
