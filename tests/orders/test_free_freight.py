"""Orders of members with a tier: priced, and the month's free freights taken and given back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog.models import FreightTemplate, Sku
from members.tiers.models import FreeShippingMonth, FreeShippingUse, SkuTierPrice, Tier
from members.tiers.services import shipping
from members.tiers.services.shipping import release_free_shipping, take_free_shipping
from orders.models import Order
from orders.payable import _revive
from shop.core import clock, runtime
from shop.core.clock import BEIJING
from tests.catalog.factories import make_sku
from tests.members.shoppers import problem
from tests.members.wallet.purses import set_to
from tests.orders.buyer import Buyer
from tests.orders.test_query_counts import settled
from tests.storms import raised, storm

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tier(db: None) -> Any:
    """Everybody's tier: 5% off, free freight twice a month, half as many points again."""
    set_to("tiers_enabled", True)
    yield Tier.objects.create(
        name="会员",
        level=1,
        discount_permille=950,
        free_shipping="monthly",
        free_shipping_times=2,
        points_permille=1500,
    )
    runtime.forget()


@pytest.fixture
def sku(db: None) -> Sku:
    template = FreightTemplate.objects.create(name="普通快递", flat_fee=800)
    return make_sku(price=1_000, stock=1_000, freight_template_id=template.pk)


def used() -> int:
    return sum(FreeShippingMonth.objects.values_list("used", flat=True))


def test_a_quote_shows_the_tier_and_what_it_gives(buyer: Buyer, tier: Tier, sku: Sku) -> None:
    SkuTierPrice.objects.create(sku=sku, tier=tier, price=900)

    body = buyer.quote((sku, 2)).json()

    assert body["tier"] == {
        "id": tier.pk,
        "name": "会员",
        "discount_permille": 950,
        "points_multiplier": 1500,
        "free_freight_left": 2,
        "is_member_day": False,
    }
    assert [(item["kind"], item["amount"]) for item in body["adjustments"]] == [
        ("tier_price", -200),
        ("tier_monthly_free_shipping", -800),
    ]
    assert (body["goods_total"], body["freight"], body["payable"]) == (2_000, 800, 1_800)
    codes = [item["code"] for item in body["lines"][0]["explanation"]]
    assert codes == ["price", "tier_price", "tier_points", "freight_flat", "tier_monthly_free_shipping"]
    assert used() == 0


def test_an_order_keeps_what_it_was_priced_with(buyer: Buyer, tier: Tier, sku: Sku) -> None:
    order = buyer.placed((sku, 1))

    assert (order.payable, order.points_multiplier, order.took_free_freight) == (950, 1500, True)
    assert list(order.adjustments.values_list("kind", "amount")) == [
        ("tier_discount", -50),
        ("tier_monthly_free_shipping", -800),
    ]
    tier.discount_permille = 500
    tier.save()
    assert buyer.show(order).json()["payable"] == 950


def test_free_freights_run_out_and_come_back_when_an_order_closes(buyer: Buyer, tier: Tier, sku: Sku) -> None:
    orders = [buyer.placed((sku, 1)) for _order in range(3)]
    assert [order.payable for order in orders] == [950, 950, 1_750]
    assert [order.took_free_freight for order in orders] == [True, True, False]
    assert used() == 2

    for _twice in range(2):
        assert buyer.phone.post(f"/orders/{orders[0].number}/cancel").status_code == 200
    assert used() == 1
    assert buyer.placed((sku, 1)).payable == 950
    assert buyer.phone.post(f"/orders/{orders[2].number}/cancel").status_code == 200
    assert used() == 2


def test_an_order_without_freight_uses_none(buyer: Buyer, tier: Tier) -> None:
    free = FreightTemplate.objects.create(name="包邮", flat_fee=0)
    order = buyer.placed((make_sku(price=1_000, stock=5, freight_template_id=free.pk), 1))
    assert order.took_free_freight is False
    assert FreeShippingUse.objects.count() == 0


def test_an_always_free_freight_needs_no_quota(buyer: Buyer, tier: Tier, sku: Sku) -> None:
    tier.free_shipping = "always"
    tier.save()
    order = buyer.placed((sku, 1))
    assert (order.payable, order.took_free_freight) == (950, False)
    assert FreeShippingMonth.objects.count() == 0


def test_a_closed_order_that_is_paid_late_needs_its_free_freight_again(
    buyer: Buyer, tier: Tier, sku: Sku
) -> None:
    late = buyer.placed((sku, 1))
    buyer.phone.post(f"/orders/{late.number}/cancel")
    other = [buyer.placed((sku, 1)) for _order in range(2)]
    assert [order.took_free_freight for order in other] == [True, True]

    assert _revive(Order.objects.get(pk=late.pk)) == "free_freight_used"
    assert used() == 2
    buyer.phone.post(f"/orders/{other[0].number}/cancel")
    assert _revive(Order.objects.get(pk=late.pk)) == ""
    assert used() == 2
    assert FreeShippingUse.objects.get(reference=late.number).released_at is None


def test_a_month_of_beijing_begins_at_its_midnight(
    buyer: Buyer, tier: Tier, sku: Sku, shift_clock: Callable[[float], None]
) -> None:
    now = clock.now().astimezone(BEIJING)
    first = (now.replace(day=1) + timedelta(days=32)).replace(day=1, hour=0, minute=0, second=0)
    shift_clock((first - clock.now()).total_seconds() - 20)
    for _order in range(2):
        buyer.placed((sku, 1))
    assert buyer.quote((sku, 1)).json()["tier"]["free_freight_left"] == 0
    shift_clock(25)
    assert buyer.quote((sku, 1)).json()["tier"]["free_freight_left"] == 2


def test_the_database_has_the_last_word(buyer: Buyer) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        FreeShippingMonth.objects.create(member=buyer.member, month="2026-01-01", used=3, allowed=2)


def test_many_at_once_take_exactly_what_there_is(buyer: Buyer, tier: Tier) -> None:
    def take(number: int) -> bool:
        with transaction.atomic():
            return take_free_shipping(member_id=buyer.member.pk, allowed=5, reference=f"R{number}")

    results = storm(take, threads=60)

    assert raised(results) == []
    assert results.count(True) == 5
    assert (used(), FreeShippingUse.objects.count()) == (5, 5)

    numbers = [row.reference for row in FreeShippingUse.objects.all()] * 4
    storm(lambda number: release_free_shipping(reference=numbers[number]), threads=len(numbers))
    assert used() == 0


def test_without_the_condition_more_would_be_taken(
    buyer: Buyer, tier: Tier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: reading first and adding then, the constraint alone refuses, as an error."""
    careless = shipping._TAKE.replace("WHERE month.used < excluded.allowed", "")
    monkeypatch.setattr(shipping, "_TAKE", careless)

    def take(number: int) -> bool:
        with transaction.atomic():
            return take_free_shipping(member_id=buyer.member.pk, allowed=5, reference=f"R{number}")

    results = storm(take, threads=20)

    assert results.count(True) == 5
    assert {type(error) for error in raised(results)} == {IntegrityError}


def test_two_orders_for_the_last_free_freight(buyer: Buyer, tier: Tier, sku: Sku) -> None:
    """Exactly one gets it; the others are told the new price, and nothing of theirs is left behind."""
    buyer.placed((sku, 1))
    payable = buyer.quote((sku, 1)).json()["payable"]
    buyer.phone.get("/orders")

    answers = storm(
        lambda number: buyer.order((sku, 1), key=f"storm-{number}", expected_payable=payable), threads=8
    )

    assert raised(answers) == []
    placed = [answer for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code != 201]
    assert len(placed) == 1
    assert {problem(answer) for answer in refused} == {(409, "quote_changed")}
    assert {answer.json()["quote"]["payable"] for answer in refused} == {1_750}
    assert (used(), Order.objects.count()) == (2, 2)


def test_statements_with_a_tier(buyer: Buyer, tier: Tier, sku: Sku) -> None:
    """One more for the quote, one more for taking the free freight; none in a shop without tiers."""
    tier.free_shipping_times = 50
    tier.save()

    def quote() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert buyer.quote((sku, 1)).status_code == 200
        return settled(queries)

    def place() -> int:
        payable = buyer.quote((sku, 1)).json()["payable"]
        with CaptureQueriesContext(connection) as queries:
            assert buyer.order((sku, 1), expected_payable=payable).status_code == 201
        return settled(queries)

    quote(), place()
    with_tier = quote(), place()
    tier.free_shipping, tier.free_shipping_times = "none", None
    tier.save()
    without_freight = quote(), place()
    set_to("tiers_enabled", False)
    quote(), place()
    without = quote(), place()
    # A placed order with adjustments writes them by one statement, as every discount does.
    assert (with_tier, without_freight, without) == ((3, 15), (3, 14), (2, 12))
