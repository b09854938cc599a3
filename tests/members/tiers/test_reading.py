"""What members read: the ladder, their own place on it, and the goods at their tier's prices."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.rules.products import SkuFields
from members.tiers.membership import export_tier
from members.tiers.models import FreeShippingMonth, MemberTier, SkuTierPrice
from members.tiers.services.granting import grant_card_tier
from shop.core import clock
from shop.storefront.cache import forget_near
from shop.storefront.readers import forget_readers
from tests.catalog.factories import make_product
from tests.members.shoppers import Browser
from tests.members.tiers.climbers import Climber, gift
from tests.members.wallet.purses import set_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def rich_ladder(ladder: Any) -> Any:
    silver, gold = ladder["银卡"], ladder["金卡"]
    silver.discount_permille = 950
    silver.free_shipping, silver.free_shipping_times = "monthly", 2
    silver.save()
    gold.discount_permille, gold.points_permille = 900, 1500
    gold.free_shipping = "always"
    gold.member_day, gold.member_day_number, gold.member_day_discount_permille = "weekly", 5, 800
    gold.early_access_minutes, gold.service_contact = 30, "微信 vip-001"
    gold.keep_spent = 300_000
    gold.save()
    gift(gold, "level_up", money=2_000, points=100)
    gift(gold, "birthday", growth=5)
    return ladder


def test_the_ladder_is_public(client: Client, rich_ladder: Any) -> None:
    body = client.get("/api/v1/tiers", headers={"Accept-Language": "en"}).json()

    assert [(tier["name"], tier["level"]) for tier in body["results"]] == [
        ("普通", 1),
        ("银卡", 2),
        ("金卡", 3),
    ]
    assert (body["next"], body["previous"]) == (None, None)
    assert body["results"][0]["benefits"] == []
    assert body["results"][1]["reached_by"] == {"growth": None, "spent": 100_000, "orders": 10}
    assert [(item["kind"], item["value"], item["text"]) for item in body["results"][2]["benefits"]] == [
        ("discount", 900, "10% off"),
        ("free_freight", None, "Free freight"),
        ("points", 1500, "1.5 times the points"),
        ("member_day", 5, "Member day every Friday: 20% off"),
        ("level_up_gift", None, "Gift on reaching the tier: 20.00 yuan of gift money, 100 points"),
        ("birthday_gift", None, "Gift on the birthday: 5 growth"),
        ("early_access", 30, "Activities open 30 minutes earlier"),
        ("service_contact", None, "A service contact of your own"),
    ]
    assert "vip-001" not in str(body)


def test_a_shop_without_tiers_says_so(phone: Browser, client: Client, ladder: Any) -> None:
    set_to("tiers_enabled", False)
    assert client.get("/api/v1/tiers").json()["results"] == []
    body = phone.get("/me/tier").json()
    assert (body["tier"], body["next"], body["keep"], body["spent"]) == (None, None, None, 0)


def test_the_distance_to_the_next_tier_and_what_it_adds(climber: Climber, rich_ladder: Any) -> None:
    climber.spends(40_000)
    climber.grows(30)

    body = climber.phone.get("/me/tier").json()

    assert (body["tier"]["name"], body["growth"], body["spent"], body["orders"]) == ("普通", 30, 40_000, 1)
    assert body["next"]["tier"]["name"] == "银卡"
    assert body["next"]["distance"] == [
        {"basis": "spent", "needed": 100_000, "current": 40_000, "left": 60_000},
        {"basis": "orders", "needed": 10, "current": 1, "left": 9},
    ]
    assert [item["kind"] for item in body["next"]["adds"]] == ["discount", "free_freight"]
    assert (body["keep"], body["service_contact"]) == (None, "")


def test_how_a_tier_is_kept(climber: Climber, rich_ladder: Any, travel: Callable[..., None]) -> None:
    travel(2026, 3, 6, 12)  # a Friday
    climber.spends(500_000)
    climber.spends(100_000)

    body = climber.phone.get("/me/tier").json()

    assert (body["tier"]["name"], body["source"], body["since"]) == ("金卡", "earned", "2026-03-06")
    assert body["keep"] == {
        "until": "2027-03-06",
        "grace_until": "2027-03-13",
        "is_kept": False,
        "needed": [{"basis": "spent", "needed": 300_000, "current": 100_000, "left": 200_000}],
    }
    assert (body["next"], body["service_contact"], body["is_member_day"]) == (None, "微信 vip-001", True)


def test_a_card_that_is_over_shows_what_remains(
    climber: Climber, rich_ladder: Any, travel: Callable[..., None]
) -> None:
    travel(2026, 3, 6, 12)
    until = clock.now()
    travel(2026, 3, 1, 12)
    grant_card_tier(member_id=climber.id, tier_id=rich_ladder["银卡"].pk, until=until, reference="C1")
    FreeShippingMonth.objects.create(member=climber.member, month="2026-03-01", used=1, allowed=2)
    body = climber.phone.get("/me/tier").json()
    assert (body["tier"]["name"], body["source"], body["free_freight_left"]) == ("银卡", "card", 1)
    assert datetime.fromisoformat(body["until"]) == until
    assert body["next"]["tier"]["name"] == "金卡"
    travel(2026, 3, 6, 12, 0, 1)
    body = climber.phone.get("/me/tier").json()
    assert (body["tier"]["name"], body["source"], body["until"]) == ("普通", "earned", None)


def test_reading_writes_nothing_and_takes_few_statements(climber: Climber, rich_ladder: Any) -> None:
    phone = climber.phone
    phone.get("/me/tier")
    with CaptureQueriesContext(connection) as queries:
        assert phone.get("/me/tier").status_code == 200
    assert MemberTier.objects.count() == 0
    # session, account, facts, growth, tiers, gifts, standing; settings apart
    assert len([q for q in queries.captured_queries if "constance" not in q["sql"]]) <= 8


def test_the_export_tells_the_story(climber: Climber, rich_ladder: Any) -> None:
    climber.spends(500_000)
    told = export_tier(climber.id)
    assert told["tier"] == "金卡"
    assert [row["reason"] for row in told["history"]] == ["joined", "earned"]
    assert [row["money"] for row in told["gifts"]] == [2_000]
    set_to("tiers_enabled", False)
    assert export_tier(climber.id)["tier"] is None


@pytest.fixture
def goods(rich_ladder: Any) -> Iterator[Any]:
    fields = [SkuFields(code=f"G-{size}", price=price, spec={"规格": size}) for size, price in PRICES]
    product = make_product(stock=10, skus=fields, spec_names=("规格",))
    forget_near()
    forget_readers()
    yield product
    forget_near()
    forget_readers()


PRICES = (("1", 1_000), ("2", 2_000))


def test_lists_and_pages_show_the_price_of_the_readers_tier(
    climber: Climber, rich_ladder: Any, goods: Any, client: Client
) -> None:
    large = goods.skus.get(code="G-2")
    SkuTierPrice.objects.create(sku=large, tier=rich_ladder["金卡"], price=850)
    climber.spends(500_000)

    card = climber.phone.get("/products").json()["results"][0]
    page = climber.phone.get(f"/products/{goods.pk}").json()
    stranger = client.get(f"/api/v1/products/{goods.pk}").json()

    assert (card["price"], card["member_price"]) == (1_000, 850)
    assert (page["price"], page["member_price"]) == (1_000, 850)
    assert [(sku["price"], sku["member_price"]) for sku in page["skus"]] == [(1_000, 900), (2_000, 850)]
    assert (stranger["member_price"], [sku["member_price"] for sku in stranger["skus"]]) == (
        None,
        [None, None],
    )
    assert client.get("/api/v1/products").json()["results"][0]["member_price"] is None


def test_a_tier_that_lowers_no_price_reads_what_strangers_read(climber: Climber, goods: Any) -> None:
    from shop.storefront import readers

    assert climber.looked_at() == "普通"
    assert readers.tier_of(climber.id) == ""
    assert readers.tier_of(None) == ""
    climber.spends(100_000)
    assert readers.tier_of(climber.id) == str(climber.row.tier_id)
    card = climber.phone.get("/products").json()["results"][0]
    assert card["member_price"] == 950
    set_to("tiers_enabled", False)
    assert readers.tier_of(climber.id) == ""


def test_a_dearer_price_of_its_own_shows_nothing(climber: Climber, rich_ladder: Any, goods: Any) -> None:
    for sku in goods.skus.all():
        SkuTierPrice.objects.create(sku=sku, tier=rich_ladder["银卡"], price=9_000)
    climber.spends(100_000)
    card = climber.phone.get("/products").json()["results"][0]
    page = climber.phone.get(f"/products/{goods.pk}").json()
    assert card["member_price"] is None
    assert page["member_price"] is None
    assert [sku["member_price"] for sku in page["skus"]] == [None, None]
