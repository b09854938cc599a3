"""What cards do to a price: pure, figure by figure and property by property."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.tiers.terms import TierTerms, discounted
from orders.pricing import Basket, BasketLine, FreightRule, Quote, price
from orders.pricing.card import CardPrice, CardTerms

A = FreightRule(1, "A", 800, 9_900)
TERMS = CardTerms("年卡", "card:7", 950)
BOUGHT = CardPrice("年卡", "card:7", 9_900)


def quote(*lines: tuple[int, int], card: CardTerms | None = TERMS, tier: TierTerms | None = None) -> Quote:
    rows = tuple(BasketLine(number, pieces, unit) for number, (unit, pieces) in enumerate(lines, 1))
    return price(Basket(rows, tier=tier, card=card))


def payables(found: Quote) -> list[int]:
    return [line.payable for line in found.lines]


def test_a_card_makes_every_line_cheaper() -> None:
    found = quote((5_900, 2), (333, 3))
    assert payables(found) == [11_210, 948]  # 5605 x 2; 316.35 is 316 a piece
    assert [(total.kind, total.source, total.amount) for total in found.totals] == [
        ("card_discount", "card:7", -641)
    ]
    assert [reason.code for reason in found.lines[0].explanation][:2] == ["price", "card_discount"]


def test_a_card_that_is_bought_is_added_and_counts_at_once() -> None:
    found = quote((5_900, 1), card=replace(TERMS, bought=BOUGHT))
    assert [(item.kind, item.amount, item.sku_id) for item in found.adjustments] == [
        ("card", 9_900, None),
        ("card_discount", -295, 1),
    ]
    assert (found.payable, payables(found)) == (5_900 - 295 + 9_900, [5_605])


@pytest.mark.parametrize(
    ("stacks", "tier_permille", "paid"),
    [
        (False, 900, 900),  # the tier is better
        (False, 980, 950),  # the card is better
        (True, 900, 855),
        (True, 980, 931),
    ],
)
def test_card_and_tier_together(stacks: bool, tier_permille: int, paid: int) -> None:
    tier = TierTerms(1, "金卡", tier_permille)
    found = quote((1_000, 1), (1_000, 4), card=replace(TERMS, stacks=stacks), tier=tier)
    assert payables(found) == [paid, paid * 4]


def test_a_price_of_the_tier_for_one_sku_counts_as_the_tier() -> None:
    tier = TierTerms(1, "金卡", 1000, {1: 700})
    assert payables(quote((1_000, 1), (1_000, 1), tier=tier)) == [700, 950]
    stacked = replace(TERMS, stacks=True)
    assert payables(quote((1_000, 1), (1_000, 1), card=stacked, tier=tier)) == [665, 950]


def test_prices_that_take_no_member_price_take_no_card() -> None:
    line = BasketLine(1, 1, 1_000, takes_member_price=False)
    assert price(Basket((line,), card=TERMS)).payable == 1_000


def test_freight_looks_at_the_goods_and_not_at_the_card() -> None:
    line = BasketLine(1, 1, 5_000, A)
    found = price(Basket((line,), card=replace(TERMS, bought=BOUGHT)))
    assert (found.freight, found.payable) == (800, 4_750 + 800 + 9_900)


@given(
    rows=st.lists(st.tuples(st.integers(0, 10**7), st.integers(1, 99)), min_size=1, max_size=8),
    permille=st.integers(1, 1000),
    tier_permille=st.integers(1, 1000),
    stacks=st.booleans(),
    card_price=st.none() | st.integers(0, 10**7),
)
def test_sums_hold_and_nothing_becomes_dearer(
    rows: list[tuple[int, int]], permille: int, tier_permille: int, stacks: bool, card_price: int | None
) -> None:
    bought = None if card_price is None else CardPrice("卡", "card:1", card_price)
    terms = CardTerms("卡", "card:1", permille, stacks, bought)
    tier = TierTerms(1, "金", tier_permille)
    found = quote(*rows, card=terms, tier=tier)
    without = quote(*rows, card=None, tier=tier)

    assert found.payable == sum(payables(found)) + found.freight + (card_price or 0)
    for line, plain in zip(found.lines, without.lines, strict=True):
        own = discounted(line.unit_price, permille) * line.quantity
        assert 0 <= line.payable <= plain.payable
        if stacks:
            assert line.payable <= own
        else:
            assert line.payable == min(own, plain.payable)


def test_what_no_card_is() -> None:
    for permille in (0, 1001):
        with pytest.raises(ValueError, match="1 to 1000"):
            CardTerms("卡", "card:1", permille)
    with pytest.raises(ValueError, match="0 or more"):
        CardPrice("卡", "card:1", -1)
