"""Place 6: points pay a part of the goods, or are the price of goods of the points mall.

Points pay in whole fen and are never taken without buying one. What they pay is divided among the lines by
what those cost after every other discount; freight is not paid with points.
"""

from dataclasses import dataclass, replace

from orders.pricing.basket import PointsTerms
from orders.pricing.quote import Adjustment, Draft, Place, Reason
from shop.core.money import allocate

KIND = "points"
FEN = 100


@dataclass(frozen=True, slots=True)
class Deduction:
    """``points`` that pay ``fen``."""

    points: int = 0
    fen: int = 0


def deduct_points(draft: Draft) -> Draft:
    """Take the points that the member wants to pay with, as far as the terms let them."""
    if any(line.points for line in draft.basket.lines):
        return _price_in_points(draft)
    terms = draft.basket.points
    if terms is None:
        return draft
    amounts = [draft.amount_of(line, before=Place.POINTS) for line in draft.basket.lines]
    goods = sum(amounts)
    usable = deduction(terms, goods=goods, wanted=terms.available)
    used = deduction(terms, goods=goods, wanted=terms.wanted)
    draft = replace(draft, points_used=used.points, points_usable=usable.points)
    if not used.fen:
        return draft
    shares = zip(draft.basket.lines, allocate(used.fen, amounts), strict=True)
    paid = [(line.sku_id, share) for line, share in shares if share]
    return replace(
        draft,
        adjustments=(
            *draft.adjustments,
            *(Adjustment(Place.POINTS, KIND, KIND, "", -share, sku_id) for sku_id, share in paid),
        ),
        reasons=(
            *draft.reasons,
            *((sku_id, Reason(Place.POINTS, "points_paid", -share)) for sku_id, share in paid),
        ),
    )


def deduction(terms: PointsTerms, *, goods: int, wanted: int) -> Deduction:
    """Return what of ``wanted`` points pays a part of ``goods`` fen; nothing below the terms' minimum."""
    if goods < terms.goods_minimum:
        return Deduction()
    points = min(wanted, terms.available, terms.maximum or wanted)
    fen = min(points * FEN // terms.per_yuan, goods * terms.cap_percent // 100)
    needed = -(-fen * terms.per_yuan // FEN)
    return Deduction(needed, fen) if needed >= max(1, terms.minimum) else Deduction()


def _price_in_points(draft: Draft) -> Draft:
    """Say what the goods of the points mall cost in points; their money is their unit price."""
    costs = [(line.sku_id, line.points * line.quantity) for line in draft.basket.lines if line.points]
    reasons = tuple(
        (sku_id, Reason(Place.POINTS, "points_price", 0, {"points": points})) for sku_id, points in costs
    )
    return replace(draft, points_used=sum(points for _sku, points in costs), reasons=draft.reasons + reasons)
