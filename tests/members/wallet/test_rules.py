"""The arithmetic of splits: nothing is lost, nothing is made, in whatever order refunds come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.wallet.rules import (
    PROPORTIONAL,
    REVERSE,
    RechargeRefund,
    SpendingOrder,
    Split,
    month_bounds,
    parse_month,
    recharge_refund,
    split_refund,
    split_spend,
)

ORDERS = st.sampled_from(list(SpendingOrder))
RULES = st.sampled_from([REVERSE, PROPORTIONAL])
FEN = st.integers(0, 10**9)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (SpendingOrder.PRINCIPAL_FIRST, Split(10_000, 2_000)),
        (SpendingOrder.GIFT_FIRST, Split(9_000, 3_000)),
        (SpendingOrder.PROPORTIONAL, Split(9_231, 2_769)),
    ],
)
def test_a_payment_of_120_from_100_and_30(order: str, expected: Split) -> None:
    assert split_spend(amount=12_000, balance=Split(10_000, 3_000), order=order) == expected


@pytest.mark.parametrize(
    ("order", "rule", "expected"),
    [
        (SpendingOrder.PRINCIPAL_FIRST, REVERSE, [Split(2_000, 2_000), Split(8_000, 0)]),
        (SpendingOrder.GIFT_FIRST, REVERSE, [Split(4_000, 0), Split(5_000, 3_000)]),
        (SpendingOrder.PROPORTIONAL, REVERSE, [Split(3_077, 923), Split(6_154, 1_846)]),
        (SpendingOrder.PRINCIPAL_FIRST, PROPORTIONAL, [Split(3_333, 667), Split(6_667, 1_333)]),
    ],
)
def test_forty_back_and_then_the_rest(order: str, rule: str, expected: list[Split]) -> None:
    spent = split_spend(amount=12_000, balance=Split(10_000, 3_000), order=order)
    first = split_refund(amount=4_000, spent=spent, returned=Split(0, 0), order=order, rule=rule)
    second = split_refund(amount=8_000, spent=spent, returned=first, order=order, rule=rule)
    assert [first, second] == expected
    assert first.principal + second.principal == spent.principal


@given(principal=FEN, gift=FEN, order=ORDERS, data=st.data())
def test_a_split_sums_up_and_takes_no_more_than_there_is(
    principal: int, gift: int, order: str, data: st.DataObject
) -> None:
    balance = Split(principal, gift)
    if balance.total == 0:
        return
    amount = data.draw(st.integers(1, balance.total))
    split = split_spend(amount=amount, balance=balance, order=order)
    assert split.total == amount
    assert 0 <= split.principal <= principal
    assert 0 <= split.gift <= gift


CUTS = st.lists(st.tuples(st.integers(1, 6_000), RULES), max_size=8)


@given(principal=st.integers(0, 5_000), gift=st.integers(0, 5_000), order=ORDERS, cuts=CUTS, last=RULES)
def test_any_sequence_of_partial_refunds_returns_exactly_the_split(
    principal: int, gift: int, order: str, cuts: list[tuple[int, str]], last: str
) -> None:
    """The merchant may change the rule between two refunds."""
    spent, returned = Split(principal, gift), Split(0, 0)
    for wanted, rule in [*cuts, (spent.total, last)]:
        left = spent - returned
        if not left.total:
            break
        amount = min(wanted, left.total)
        back = split_refund(amount=amount, spent=spent, returned=returned, order=order, rule=rule)
        assert back.total == amount
        assert 0 <= back.principal <= left.principal
        assert 0 <= back.gift <= left.gift
        returned = Split(returned.principal + back.principal, returned.gift + back.gift)
    assert returned == spent


@given(
    principal=st.integers(0, 5_000),
    gift=st.integers(0, 5_000),
    cuts=st.lists(st.integers(1, 3_000), max_size=8),
)
def test_in_proportion_means_within_a_fen_at_every_step(principal: int, gift: int, cuts: list[int]) -> None:
    spent, returned = Split(principal, gift), Split(0, 0)
    for wanted in cuts:
        amount = min(wanted, (spent - returned).total)
        if not amount:
            break
        back = split_refund(
            amount=amount, spent=spent, returned=returned, order="gift_first", rule=PROPORTIONAL
        )
        returned = Split(returned.principal + back.principal, returned.gift + back.gift)
        assert abs(returned.principal * spent.total - returned.total * principal) < spent.total


@pytest.mark.parametrize("amount", [0, -1, 131])
def test_a_payment_outside_the_balance_is_a_mistake(amount: int) -> None:
    with pytest.raises(ValueError, match="covered"):
        split_spend(amount=amount, balance=Split(100, 30), order=SpendingOrder.GIFT_FIRST)


@pytest.mark.parametrize("amount", [0, -1, 31])
def test_a_refund_outside_what_is_left_is_a_mistake(amount: int) -> None:
    with pytest.raises(ValueError, match="what is left"):
        split_refund(
            amount=amount, spent=Split(100, 30), returned=Split(90, 10), order="gift_first", rule=REVERSE
        )


@pytest.mark.parametrize(
    ("balance", "expected"),
    [
        # 500 recharged with a gift of 50: untouched, a little spent, the gift spent, nearly all spent.
        (Split(50_000, 5_000), RechargeRefund(50_000, 50_000, 5_000, 5_000, 0, 0, 50_000)),
        (Split(40_000, 5_000), RechargeRefund(50_000, 40_000, 5_000, 5_000, 0, 0, 40_000)),
        (Split(50_000, 0), RechargeRefund(50_000, 50_000, 5_000, 0, 5_000, 5_000, 45_000)),
        (Split(3_000, 1_000), RechargeRefund(50_000, 3_000, 5_000, 1_000, 4_000, 3_000, 0)),
        (Split(0, 0), RechargeRefund(50_000, 0, 5_000, 0, 5_000, 0, 0)),
        # Other recharges' money is not this one's.
        (Split(90_000, 9_000), RechargeRefund(50_000, 50_000, 5_000, 5_000, 0, 0, 50_000)),
    ],
)
def test_what_a_recharge_refund_means(balance: Split, expected: RechargeRefund) -> None:
    assert recharge_refund(amount=50_000, gift_given=5_000, balance=balance) == expected


@given(amount=st.integers(1, 10**6), given=FEN, principal=FEN, gift=FEN)
def test_a_recharge_refund_never_takes_more_than_was_given_or_is_there(
    amount: int, given: int, principal: int, gift: int
) -> None:
    found = recharge_refund(amount=amount, gift_given=given, balance=Split(principal, gift))
    assert 0 <= found.paid_back <= found.unused <= min(amount, principal)
    assert found.paid_back + found.gift_deducted == found.unused
    assert 0 <= found.gift_taken <= min(given, gift)
    assert found.gift_taken + found.gift_deducted <= given


def test_a_month_is_beijings() -> None:
    start, end = month_bounds(parse_month("2026-02"))
    assert (start.isoformat(), end.isoformat()) == ("2026-02-01T00:00:00+08:00", "2026-03-01T00:00:00+08:00")
    assert month_bounds(parse_month("2026-12"))[1].isoformat() == "2027-01-01T00:00:00+08:00"


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "202602", "1999-12", "9999-01", "26-02", "２０26-02", ""]
)
def test_what_is_no_month(text: str) -> None:
    with pytest.raises(ValueError):
        parse_month(text)
