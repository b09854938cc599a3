"""Place 6 of the pipeline: what points pay, and that nothing else changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.pricing import Basket, BasketLine, FreightRule, Place, PointsTerms, price
from orders.pricing.steps.points import Deduction, deduction

FREIGHT = FreightRule(1, "A", 800, 9900)


def terms(**changes: int) -> PointsTerms:
    fields = {"wanted": 10_000, "available": 10_000, "per_yuan": 100, "cap_percent": 50}
    return PointsTerms(**{**fields, **changes})


@pytest.mark.parametrize(
    ("changes", "goods", "expected"),
    [
        ({}, 5_900, (2_950, 2_950)),
        ({"wanted": 500}, 5_900, (500, 500)),
        ({"available": 300}, 5_900, (300, 300)),
        ({"available": 0}, 5_900, (0, 0)),
        ({"wanted": 0}, 5_900, (0, 0)),
        ({"maximum": 700}, 5_900, (700, 700)),
        ({"minimum": 2_950}, 5_900, (2_950, 2_950)),
        ({"minimum": 2_951}, 5_900, (0, 0)),
        ({"goods_minimum": 5_901}, 5_900, (0, 0)),
        ({"cap_percent": 100}, 5_900, (5_900, 5_900)),
        ({"per_yuan": 150, "wanted": 100}, 5_900, (99, 66)),
        ({"per_yuan": 3, "wanted": 10}, 5_900, (10, 333)),
        ({"per_yuan": 1_000, "wanted": 9}, 5_900, (0, 0)),
        ({"per_yuan": 1_000, "wanted": 19}, 5_900, (10, 1)),
        ({}, 1, (0, 0)),
        ({}, 0, (0, 0)),
    ],
)
def test_what_points_pay(changes: dict[str, int], goods: int, expected: tuple[int, int]) -> None:
    found = terms(**changes)
    assert deduction(found, goods=goods, wanted=found.wanted) == Deduction(*expected)


def test_points_are_divided_among_the_lines_and_explained() -> None:
    lines = (BasketLine(1, 1, 1_000, FREIGHT), BasketLine(2, 2, 1_000, FREIGHT), BasketLine(3, 1, 0, FREIGHT))
    quote = price(Basket(lines, points=terms(wanted=100)))

    assert [line.payable for line in quote.lines] == [967, 1_933, 0]
    assert [(item.kind, item.amount, item.sku_id) for item in quote.adjustments] == [
        ("points", -33, 1),
        ("points", -67, 2),
    ]
    assert (quote.points_used, quote.points_usable, quote.payable, quote.freight) == (100, 1_500, 3_700, 800)
    assert [reason.code for reason in quote.lines[0].explanation] == ["price", "points_paid", "freight_flat"]
    assert quote.lines[0].explanation[1].place is Place.POINTS


def test_goods_of_the_mall_cost_points_and_nothing_reduces_their_money() -> None:
    line = BasketLine(1, 2, 990, FREIGHT, points=500)
    quote = price(Basket((line,), points=terms()))

    assert (quote.points_used, quote.points_usable, quote.adjustments) == (1_000, 0, ())
    assert (quote.goods_total, quote.payable) == (1_980, 2_780)
    assert quote.lines[0].explanation[1].details == {"points": 1_000}


LINES = st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 5)), min_size=1, max_size=6)


@given(
    lines=LINES,
    wanted=st.integers(0, 200_000),
    available=st.integers(0, 200_000),
    per_yuan=st.integers(1, 5_000),
    cap=st.integers(1, 100),
    minimum=st.integers(0, 2_000),
    maximum=st.integers(0, 50_000),
)
def test_points_never_take_more_than_they_may_and_never_cost_the_member(
    lines: list[tuple[int, int]],
    wanted: int,
    available: int,
    per_yuan: int,
    cap: int,
    minimum: int,
    maximum: int,
) -> None:
    basket = tuple(BasketLine(n, pieces, unit, FREIGHT) for n, (unit, pieces) in enumerate(lines, start=1))
    found = PointsTerms(wanted, available, per_yuan, cap, minimum, maximum)
    plain, quote = price(Basket(basket)), price(Basket(basket, points=found))

    saved = plain.payable - quote.payable
    assert quote.freight == plain.freight
    assert 0 <= saved <= plain.goods_total * cap // 100
    assert quote.points_used <= min(wanted, available)
    assert quote.points_used <= quote.points_usable or wanted > available or not quote.points_used
    assert all(line.payable >= 0 for line in quote.lines)
    assert (quote.points_used == 0) == (saved == 0)
    assert saved <= quote.points_used * 100 // per_yuan
    assert (quote.points_used - 1) * 100 // per_yuan < saved or not saved
    if quote.points_used:
        assert quote.points_used >= minimum
        assert not maximum or quote.points_used <= maximum
    if maximum and quote.points_used:
        assert quote.points_used <= maximum
