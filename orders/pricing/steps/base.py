"""Place 1: every line at the price of its SKU."""

from dataclasses import replace

from orders.pricing.quote import Draft, Place, Reason


def price_goods(draft: Draft) -> Draft:
    """Say what each line costs before any rule."""
    reasons = tuple(
        (line.sku_id, Reason(Place.BASE, "price", line.unit_price * line.quantity))
        for line in draft.basket.lines
    )
    return replace(draft, reasons=draft.reasons + reasons)
