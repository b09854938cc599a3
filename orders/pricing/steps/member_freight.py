"""Place 7, after the fees: free freight of the member's tier, always or some times a month.

Freight itself stays as it is; the cut is an adjustment of the order. Where no fee is left to pay, nothing of
the month's quota is used.
"""

from dataclasses import replace

from orders.pricing.quote import Adjustment, Draft, Place, Reason

FREE_SHIPPING = "tier_free_shipping"
MONTHLY_FREE_SHIPPING = "tier_monthly_free_shipping"
FREIGHT_RULES = frozenset({FREE_SHIPPING, MONTHLY_FREE_SHIPPING})
"""Kinds of adjustment that lower the freight instead of the goods."""
"""Kind of the adjustment for which one of the month's free freights is taken."""


def waive_freight(draft: Draft) -> Draft:
    """Take the freight off if the tier gives it."""
    terms = draft.basket.tier
    total = sum(draft.freight.values())
    if terms is None or not terms.free_shipping or not total:
        return draft
    details: dict[str, int | str] = {"tier": terms.name}
    kind = FREE_SHIPPING
    if terms.free_shipping_left is not None:
        kind = MONTHLY_FREE_SHIPPING
        details |= {"left": terms.free_shipping_left - 1, "of": terms.free_shipping_times or 0}
    cut = Adjustment(Place.FREIGHT, kind, f"tier:{terms.tier_id}", terms.name, -total)
    reasons = tuple(
        (sku_id, Reason(Place.FREIGHT, kind, -share, details))
        for sku_id, share in draft.freight.items()
        if share
    )
    return replace(draft, adjustments=(*draft.adjustments, cut), reasons=draft.reasons + reasons)
