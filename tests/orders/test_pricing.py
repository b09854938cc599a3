"""The pipeline: the tables of docs/pricing.md, and what must hold for any basket."""

import re
from itertools import accumulate
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from orders.pricing import PIPELINE, Adjustment, Basket, BasketLine, Delivery, FreightRule, Place, price
from orders.pricing.quote import Draft
from orders.pricing.refunds import share_of_units, unit_shares
from orders.pricing.steps.freight import add_freight

TEMPLATES = {
    "A": FreightRule(1, "A", 800, 9900),
    "B": FreightRule(2, "B", 1200),
    "C": FreightRule(3, "C", 500, 0),
    "-": None,
}
LINE = re.compile(r"(\d+)x(\d+)([ABC-])(\*?)")


def table(title: str) -> list[list[str]]:
    """The rows of the table below a heading of docs/pricing.md."""
    text = (Path(settings.BASE_DIR) / "docs" / "pricing.md").read_text(encoding="utf-8")
    section = text.split(f"### {title}\n", 1)[1].split("\n###", 1)[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def numbers(cell: str) -> list[int]:
    return [] if cell == "–" else [int(part) for part in cell.split(",")]


def basket(delivery: str, text: str) -> Basket:
    lines = [
        BasketLine(sku, int(pieces), int(unit), TEMPLATES[template], bool(star))
        for sku, (unit, pieces, template, star) in enumerate(LINE.findall(text), start=1)
    ]
    return Basket(tuple(lines), Delivery(delivery))


@pytest.mark.parametrize("row", table("Quotes"), ids=lambda row: f"{row[0]} {row[1]}")
def test_quotes_are_as_documented(row: list[str]) -> None:
    quote = price(basket(row[0], row[1]))

    assert [quote.goods_total, quote.freight, quote.payable] == [int(row[2]), int(row[3]), int(row[5])]
    assert [line.freight for line in quote.lines] == numbers(row[4])


@pytest.mark.parametrize("row", table("Refunds of pieces, one after the other"), ids=lambda row: row[0])
def test_refunds_of_pieces_are_as_documented(row: list[str]) -> None:
    total, quantity = int(row[0]), int(row[1])

    assert unit_shares(total, quantity) == numbers(row[2])
    if numbers(row[3]):
        first = share_of_units(total=total, quantity=quantity, returned=0, returning=2)
        rest = share_of_units(total=total, quantity=quantity, returned=2, returning=quantity - 2)
        assert [first, rest] == numbers(row[3])


def test_every_line_explains_its_price() -> None:
    quote = price(basket("express", "5000x1A, 4900x1A, 100x2B, 7x1-"))

    assert [
        [(reason.place, reason.code, reason.amount) for reason in line.explanation] for line in quote.lines
    ] == [
        [(Place.BASE, "price", 5000), (Place.FREIGHT, "freight_free_over", 0)],
        [(Place.BASE, "price", 4900), (Place.FREIGHT, "freight_free_over", 0)],
        [(Place.BASE, "price", 200), (Place.FREIGHT, "freight_flat", 1200)],
        [(Place.BASE, "price", 7), (Place.FREIGHT, "freight_none", 0)],
    ]
    assert quote.lines[0].explanation[1].details == {"template": "A", "fee": 800, "free_over": 9900}
    assert quote.lines[2].explanation[1].details == {"template": "B", "fee": 1200}


def test_the_steps_stand_in_the_order_of_their_places() -> None:
    places = [place for place, _step in PIPELINE]
    assert places == sorted(places)
    assert [int(place) for place in Place] == [1, 2, 3, 4, 5, 6, 7]


def test_the_freight_threshold_looks_at_the_amounts_after_item_campaigns() -> None:
    """A discount of place 3 can make freight payable; one of places 4 to 6 never does."""
    goods = basket("express", "9900x1A")

    def with_discount(place: Place) -> int:
        cut = Adjustment(place, "cut", "cut:1", "立减", -1, sku_id=1)
        return add_freight(Draft(goods, adjustments=(cut,))).freight[1]

    assert with_discount(Place.MEMBER_PRICE) == with_discount(Place.ITEM_CAMPAIGN) == 800
    assert [with_discount(place) for place in (Place.ORDER_CAMPAIGN, Place.COUPON, Place.POINTS)] == [0, 0, 0]


def test_adjustments_are_summed_by_rule_and_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from orders.pricing import pipeline

    rows = (
        Adjustment(Place.COUPON, "coupon", "coupon:7", "满100减10", -700, sku_id=1),
        Adjustment(Place.COUPON, "coupon", "coupon:7", "满100减10", -300, sku_id=2),
        Adjustment(Place.COUPON, "freight_coupon", "coupon:8", "运费券", -500),
    )
    steps = (*PIPELINE, (Place.COUPON, lambda draft: replace(draft, adjustments=rows)))
    monkeypatch.setattr(pipeline, "PIPELINE", steps)

    quote = price(basket("express", "7000x1B, 3000x1B"))

    assert [(item.kind, item.source, item.amount) for item in quote.totals] == [
        ("coupon", "coupon:7", -1000),
        ("freight_coupon", "coupon:8", -500),
    ]
    assert [line.payable for line in quote.lines] == [6300, 2700]
    assert (quote.goods_total, quote.freight, quote.adjustment_total, quote.payable) == (
        10000,
        1200,
        -1500,
        9700,
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: BasketLine(1, 0, 100),
        lambda: BasketLine(1, 1, -1),
        lambda: FreightRule(1, "A", -1),
        lambda: FreightRule(1, "A", 1, -1),
        lambda: Basket((BasketLine(1, 1, 1), BasketLine(1, 1, 1))),
        lambda: share_of_units(total=10, quantity=3, returned=2, returning=2),
        lambda: share_of_units(total=10, quantity=3, returned=-1, returning=2),
        lambda: share_of_units(total=10, quantity=3, returned=0, returning=-1),
    ],
)
def test_nonsense_does_not_come_into_being(make) -> None:
    with pytest.raises(ValueError):
        make()


rules = st.builds(
    FreightRule,
    st.integers(1, 4),
    st.just("T"),
    st.integers(0, 10_000),
    st.none() | st.integers(0, 100_000),
)
lines = st.lists(
    st.tuples(st.integers(1, 999), st.integers(0, 10**8), st.none() | rules, st.booleans()),
    min_size=1,
    max_size=12,
)


def build(rows, delivery: Delivery) -> Basket:
    return Basket(tuple(BasketLine(sku, *row) for sku, row in enumerate(rows, start=1)), delivery)


@given(lines, st.sampled_from(Delivery))
def test_parts_sum_to_totals_and_the_same_basket_gives_the_same_quote(rows, delivery) -> None:
    quote = price(build(rows, delivery))

    assert quote.goods_total == sum(line.amount for line in quote.lines)
    assert quote.freight == sum(line.freight for line in quote.lines)
    assert quote.payable == quote.goods_total + quote.freight + sum(item.amount for item in quote.adjustments)
    assert all(line.payable >= 0 and line.freight >= 0 for line in quote.lines)
    assert quote == price(build(rows, delivery))
    fees = {rule: rule.flat_fee for _q, _u, rule, _v in rows if rule is not None}
    assert quote.freight <= sum(fees.values())
    if delivery in (Delivery.PICKUP, Delivery.VIRTUAL):
        assert quote.freight == 0


@given(st.integers(0, 10**9), st.integers(1, 999), st.data())
def test_refunding_pieces_in_any_portions_returns_exactly_what_the_line_cost(total, quantity, data) -> None:
    portions: list[int] = []
    while sum(portions) < quantity:
        portions.append(data.draw(st.integers(1, quantity - sum(portions))))
    returned = [0, *accumulate(portions)][:-1]

    shares = [
        share_of_units(total=total, quantity=quantity, returned=done, returning=portion)
        for done, portion in zip(returned, portions, strict=True)
    ]

    assert sum(shares) == total
    each = unit_shares(total, quantity)
    assert max(each) - min(each) <= 1
