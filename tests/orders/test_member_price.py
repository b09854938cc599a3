"""Places 2 and 7 for members of tiers: the table of docs/pricing.md, and what must hold for any basket."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.tiers.terms import TierTerms, discounted
from orders.pricing import Basket, BasketLine, Delivery, FreightRule, Place, price
from orders.wording import explain
from tests.orders.test_pricing import basket, build, lines, numbers, table


def with_tier(goods: Basket, **terms: Any) -> Basket:
    return Basket(goods.lines, goods.delivery, TierTerms(7, "金卡", **terms))


def own_prices(cell: str) -> dict[int, int]:
    prices = [part.strip() for part in cell.split(",")]
    return {sku: int(text) for sku, text in enumerate(prices, start=1) if text != "-"}


@pytest.mark.parametrize("row", table("Member prices"), ids=lambda row: " ".join(row[:4]))
def test_member_prices_are_as_documented(row: list[str]) -> None:
    quote = price(
        with_tier(
            basket("express", row[0]),
            discount_permille=int(row[1]),
            sku_prices=own_prices(row[2]),
            free_shipping=row[3] == "yes",
        )
    )

    cut = sum(item.amount for item in quote.adjustments if item.sku_id is None)
    assert quote.goods_total == int(row[4])
    assert [line.payable - line.amount for line in quote.lines] == numbers(row[5])
    assert cut == int(row[6])
    assert quote.payable == int(row[7])


def test_every_benefit_is_explained() -> None:
    quote = price(
        with_tier(
            basket("express", "10000x2-, 5000x1A"),
            discount_permille=950,
            sku_prices={1: 8800},
            free_shipping=True,
            free_shipping_left=3,
            free_shipping_times=5,
            points_multiplier=1500,
        )
    )

    assert [[(reason.code, reason.amount) for reason in line.explanation] for line in quote.lines] == [
        [("price", 20000), ("tier_price", -2400), ("tier_points", 0), ("freight_none", 0)],
        [
            ("price", 5000),
            ("tier_discount", -250),
            ("tier_points", 0),
            ("freight_flat", 800),
            ("tier_monthly_free_shipping", -800),
        ],
    ]
    assert [(item.kind, item.label, item.source, item.amount) for item in quote.totals] == [
        ("tier_price", "金卡", "tier:7", -2400),
        ("tier_discount", "金卡", "tier:7", -250),
        ("tier_monthly_free_shipping", "金卡", "tier:7", -800),
    ]
    texts = [explain(reason)["text"] for line in quote.lines for reason in line.explanation]
    assert all("%" not in text.replace("% off", "") for text in texts)
    assert quote.lines[0].explanation[1].details == {"tier": "金卡", "price": 8800}
    assert quote.lines[1].explanation[1].details == {"tier": "金卡", "price": 4750, "permille": 950}
    assert quote.lines[1].explanation[4].details == {"tier": "金卡", "left": 2, "of": 5}


def test_a_member_day_says_so() -> None:
    quote = price(with_tier(basket("express", "100x1-"), discount_permille=880, is_member_day=True))
    assert [reason.code for reason in quote.lines[0].explanation] == [
        "price",
        "tier_member_day",
        "freight_none",
    ]


def test_the_price_of_an_activity_is_left_alone() -> None:
    line = BasketLine(1, 2, 10_000, takes_member_price=False)
    quote = price(Basket((line,), Delivery.EXPRESS, TierTerms(7, "金卡", discount_permille=500)))
    assert (quote.payable, quote.adjustments) == (20_000, ())


@pytest.mark.parametrize("delivery", ["pickup", "virtual"])
def test_where_nobody_drives_there_is_no_freight_to_waive(delivery: str) -> None:
    quote = price(
        with_tier(basket(delivery, "100x1A"), free_shipping=True, free_shipping_left=1, free_shipping_times=1)
    )
    assert quote.adjustments == ()


def test_nothing_left_of_the_month_pays_freight() -> None:
    quote = price(
        with_tier(
            basket("express", "100x1A"), free_shipping=False, free_shipping_left=0, free_shipping_times=1
        )
    )
    assert quote.payable == 900


@pytest.mark.parametrize(
    "terms", [{"discount_permille": 0}, {"discount_permille": 1001}, {"sku_prices": {1: -1}}]
)
def test_nonsense_does_not_come_into_being(terms: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        TierTerms(1, "x", **terms)


tiers = st.builds(
    TierTerms,
    st.just(1),
    st.just("T"),
    discount_permille=st.integers(1, 1000),
    sku_prices=st.dictionaries(st.integers(1, 12), st.integers(0, 10**8)),
    free_shipping=st.booleans(),
    points_multiplier=st.sampled_from([1000, 1500]),
)


@given(lines, st.sampled_from(Delivery), tiers)
def test_a_tier_never_costs_more_and_sums_hold(rows: Any, delivery: Delivery, terms: TierTerms) -> None:
    goods = build(rows, delivery)
    plain, quote = price(goods), price(Basket(goods.lines, delivery, terms))

    assert quote.goods_total == plain.goods_total
    assert quote.payable == quote.goods_total + quote.freight + sum(x.amount for x in quote.adjustments)
    for before, line in zip(plain.lines, quote.lines, strict=True):
        assert 0 <= line.payable <= before.payable
        assert line.payable % line.quantity == 0  # a price of one piece, times the pieces
        piece = line.payable // line.quantity
        own = terms.sku_prices.get(line.sku_id)
        wanted = discounted(line.unit_price, terms.discount_permille) if own is None else own
        assert piece == min(line.unit_price, wanted)
    assert all(item.amount < 0 for item in quote.adjustments)
    if terms.free_shipping:
        assert quote.payable == sum(line.payable for line in quote.lines)
    assert {item.place for item in quote.adjustments} <= {Place.MEMBER_PRICE, Place.FREIGHT}


@given(st.integers(0, 10**9), st.integers(1, 1000))
def test_a_discount_is_rounded_to_the_nearest_fen(amount: int, permille: int) -> None:
    exact_times_1000 = amount * permille
    assert -500 < discounted(amount, permille) * 1000 - exact_times_1000 <= 500
    assert discounted(amount, permille) <= amount
    assert discounted(amount, 1000) == amount


def test_thresholds_look_at_what_members_pay() -> None:
    rule = FreightRule(1, "A", 800, 9900)
    line = BasketLine(1, 1, 10_000, rule)
    full = price(Basket((line,)))
    member = price(Basket((line,), tier=TierTerms(1, "x", discount_permille=980)))
    assert (full.freight, member.freight) == (0, 800)
