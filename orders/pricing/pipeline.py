"""The pipeline: seven places, of which those whose feature exists hold a step.

1 base · 2 member price · 3 item campaigns · 4 order campaigns · 5 coupons · 6 points · 7 freight. ``Place``
names them all; ``PIPELINE`` lists the steps there are. Thresholds of places 4, 5 and 7 look at the amounts
after place 3, so that one more discount of places 4 to 6 never costs the member more.
"""

from collections.abc import Callable
from typing import Final

from orders.pricing.basket import Basket, BasketLine
from orders.pricing.quote import Adjustment, Draft, Place, Quote, QuoteLine, Reason
from orders.pricing.steps.base import price_goods
from orders.pricing.steps.freight import add_freight
from orders.pricing.steps.points import deduct_points

Step = Callable[[Draft], Draft]

PIPELINE: Final[tuple[tuple[Place, Step], ...]] = (
    (Place.BASE, price_goods),
    (Place.POINTS, deduct_points),
    (Place.FREIGHT, add_freight),
)


def price(basket: Basket) -> Quote:
    """Return the quote of a basket; takes no time worth measuring and touches nothing."""
    draft = Draft(basket)
    for _place, step in PIPELINE:
        draft = step(draft)
    return _sum_up(draft)


def _sum_up(draft: Draft) -> Quote:
    adjustments: dict[int | None, list[Adjustment]] = {}
    for item in draft.adjustments:
        adjustments.setdefault(item.sku_id, []).append(item)
    reasons: dict[int, list[Reason]] = {}
    for sku_id, reason in draft.reasons:
        reasons.setdefault(sku_id, []).append(reason)
    lines = tuple(
        _line(
            line,
            tuple(adjustments.get(line.sku_id, ())),
            draft.freight.get(line.sku_id, 0),
            tuple(reasons.get(line.sku_id, ())),
        )
        for line in draft.basket.lines
    )
    goods_total = sum(line.amount for line in lines)
    freight = sum(line.freight for line in lines)
    changes = sum(item.amount for item in draft.adjustments)
    payable = goods_total + freight + changes
    return Quote(
        lines,
        draft.adjustments,
        goods_total,
        freight,
        payable,
        points_used=draft.points_used,
        points_usable=draft.points_usable,
    )


def _line(
    line: BasketLine, adjustments: tuple[Adjustment, ...], freight: int, explanation: tuple[Reason, ...]
) -> QuoteLine:
    amount = line.unit_price * line.quantity
    payable = amount + sum(item.amount for item in adjustments)
    return QuoteLine(
        line.sku_id, line.quantity, line.unit_price, amount, payable, freight, adjustments, explanation
    )
