"""Place 2: the price of the member's tier.

A SKU's own price for the tier, else the tier's discount; one piece is priced and rounded, then multiplied, so
that a list shows what an order charges. Neither makes a piece dearer than its base price.
"""

from dataclasses import replace

from members.tiers.terms import FULL, SKU_PRICE, TierTerms
from orders.pricing.basket import BasketLine
from orders.pricing.quote import Adjustment, Draft, Place, Reason


def apply_member_price(draft: Draft) -> Draft:
    """Lower every line to the price of the tier, and say so."""
    terms = draft.basket.tier
    if terms is None:
        return draft
    adjustments: list[Adjustment] = []
    reasons: list[tuple[int, Reason]] = []
    for line in draft.basket.lines:
        if change := _change(line, terms):
            adjustments.append(change)
            reasons.append((line.sku_id, _reason(line, terms, change)))
        if terms.points_multiplier != FULL:
            details: dict[str, int | str] = {"tier": terms.name, "times": terms.points_multiplier}
            reasons.append((line.sku_id, Reason(Place.MEMBER_PRICE, "tier_points", 0, details)))
    return replace(
        draft,
        adjustments=draft.adjustments + tuple(adjustments),
        reasons=draft.reasons + tuple(reasons),
    )


def _change(line: BasketLine, terms: TierTerms) -> Adjustment | None:
    if not line.takes_member_price or line.points:
        return None
    piece, rule = terms.piece_price(line.sku_id, line.unit_price)
    if not rule:
        return None
    cut = (line.unit_price - piece) * line.quantity
    return Adjustment(Place.MEMBER_PRICE, rule, f"tier:{terms.tier_id}", terms.name, -cut, line.sku_id)


def _reason(line: BasketLine, terms: TierTerms, change: Adjustment) -> Reason:
    details: dict[str, int | str] = {
        "tier": terms.name,
        "price": line.unit_price + change.amount // line.quantity,
    }
    code = change.kind
    if change.kind != SKU_PRICE:
        details["permille"] = terms.discount_permille
        code = "tier_member_day" if terms.is_member_day else change.kind
    return Reason(Place.MEMBER_PRICE, code, change.amount, details)
