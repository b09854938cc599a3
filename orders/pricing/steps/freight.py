"""Place 7: freight by flat template.

Lines of one template share its fee, unless their goods (after place 3) reach its threshold; the fees of
several templates add up. Pick-up and virtual delivery cost nothing, nor do virtual goods. Each fee is
allocated to its lines by what they cost, so that it can be refunded line by line.
"""

from collections.abc import Sequence
from dataclasses import replace

from orders.pricing.basket import BasketLine, Delivery, FreightRule
from orders.pricing.quote import Draft, Place, Reason
from shop.core.money import allocate

CARRIED = (Delivery.EXPRESS, Delivery.LOCAL)
"""Deliveries that somebody drives."""


def add_freight(draft: Draft) -> Draft:
    """Add every template's fee and explain it on each line."""
    shares: dict[int, int] = {}
    reasons: list[tuple[int, Reason]] = []
    for rule, lines in _by_rule(draft).items():
        amounts = [draft.amount_of(line, before=Place.ORDER_CAMPAIGN) for line in lines]
        code, fee = _fee(rule, sum(amounts))
        details = _details(rule)
        for line, share in zip(lines, _share(fee, amounts, lines), strict=True):
            shares[line.sku_id] = share
            reasons.append((line.sku_id, Reason(Place.FREIGHT, code, share, details)))
    for line in draft.basket.lines:
        if line.sku_id not in shares:
            reasons.append((line.sku_id, Reason(Place.FREIGHT, "freight_none", 0)))
    return replace(draft, freight={**draft.freight, **shares}, reasons=draft.reasons + tuple(reasons))


def _by_rule(draft: Draft) -> dict[FreightRule, list[BasketLine]]:
    """Group the lines that are carried by their template, in the order of the basket."""
    groups: dict[FreightRule, list[BasketLine]] = {}
    if draft.basket.delivery not in CARRIED:
        return groups
    for line in draft.basket.lines:
        if line.freight is not None and not line.is_virtual:
            groups.setdefault(line.freight, []).append(line)
    return groups


def _fee(rule: FreightRule, goods: int) -> tuple[str, int]:
    if rule.free_over is not None and goods >= rule.free_over:
        return "freight_free_over", 0
    return "freight_flat", rule.flat_fee


def _details(rule: FreightRule) -> dict[str, int | str]:
    details: dict[str, int | str] = {"template": rule.name, "fee": rule.flat_fee}
    return details if rule.free_over is None else {**details, "free_over": rule.free_over}


def _share(fee: int, amounts: Sequence[int], lines: Sequence[BasketLine]) -> list[int]:
    """Split a fee by what lines cost; gifts alone (all at 0) share it by pieces."""
    return allocate(fee, amounts if any(amounts) else [line.quantity for line in lines])
