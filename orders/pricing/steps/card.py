"""Place 2, after the tier: the member's card, or the one that is bought with the goods.

One piece is priced and rounded, then multiplied, as for tiers. The price of a bought card is an adjustment
of the order, positive; what a card takes off are adjustments of the lines.
"""

from dataclasses import replace

from members.tiers.terms import discounted
from orders.pricing.basket import BasketLine
from orders.pricing.card import CardTerms
from orders.pricing.quote import Adjustment, Draft, Place, Reason

CARD = "card"
CARD_DISCOUNT = "card_discount"


def apply_card(draft: Draft) -> Draft:
    """Add the price of a card that is bought, and lower the lines by the card's discount."""
    terms = draft.basket.card
    if terms is None:
        return draft
    adjustments: list[Adjustment] = []
    reasons: list[tuple[int, Reason]] = []
    if terms.bought is not None:
        bought = terms.bought
        adjustments.append(Adjustment(Place.MEMBER_PRICE, CARD, bought.source, bought.name, bought.amount))
    for line in draft.basket.lines:
        cut = _cut(draft, line, terms)
        if cut:
            adjustments.append(
                Adjustment(Place.MEMBER_PRICE, CARD_DISCOUNT, terms.source, terms.name, -cut, line.sku_id)
            )
            reasons.append((line.sku_id, _reason(terms, cut)))
    return replace(
        draft,
        adjustments=draft.adjustments + tuple(adjustments),
        reasons=draft.reasons + tuple(reasons),
    )


def _cut(draft: Draft, line: BasketLine, terms: CardTerms) -> int:
    """Return what the card takes off a line besides what the tier took off already."""
    if not line.takes_member_price:
        return 0
    before = draft.amount_of(line, before=Place.ITEM_CAMPAIGN)
    base = before // line.quantity if terms.stacks else line.unit_price
    return max(0, before - discounted(base, terms.discount_permille) * line.quantity)


def _reason(terms: CardTerms, cut: int) -> Reason:
    details: dict[str, int | str] = {"card": terms.name, "permille": terms.discount_permille}
    return Reason(Place.MEMBER_PRICE, CARD_DISCOUNT, -cut, details)
