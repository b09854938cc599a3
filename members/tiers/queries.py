"""Reads of the tiers room."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection

from members.tiers.benefits import day_terms
from members.tiers.models import SkuTierPrice, Tier
from members.tiers.runtime import tiers_enabled
from members.tiers.terms import FULL, TierTerms
from shop.core import clock

# The tier that counts at this moment, also when a card has ended and no job has looked yet; the lowest for a
# member without a standing. The columns of the tier come first, in the order of the model.
_CURRENT = """
SELECT {columns}, {extra}
FROM members_tier AS tier
LEFT JOIN members_membertier AS standing ON standing.member_id = %(member)s
WHERE tier.id = (
    SELECT own.id FROM members_tier AS own
    WHERE own.id IN (coalesce(
        CASE WHEN standing.lapses_at <= %(now)s THEN standing.lapses_to_id ELSE standing.tier_id END,
        (SELECT lowest.id FROM members_tier AS lowest WHERE lowest.is_active ORDER BY lowest.level LIMIT 1)
    ), %(lifted)s::bigint)
    ORDER BY own.level DESC LIMIT 1
)
"""
_PRICES_AND_USED = """ARRAY(
    SELECT ARRAY[price.sku_id, price.price] FROM members_skutierprice AS price
    WHERE price.tier_id = tier.id AND price.sku_id = ANY(%(skus)s)
), (
    SELECT used.used FROM members_freeshippingmonth AS used
    WHERE used.member_id = %(member)s AND used.month = %(month)s
)"""


_HAS_PRICES = "EXISTS (SELECT 1 FROM members_skutierprice AS price WHERE price.tier_id = tier.id)"
# As ``TierTerms.piece_price`` does it, for whole lists.
_LOWEST = """
SELECT sku.product_id,
       min(least(sku.price, coalesce(own.price, (sku.price * %(permille)s + 500) / 1000)))
FROM catalog_sku AS sku
LEFT JOIN members_skutierprice AS own ON own.sku_id = sku.id AND own.tier_id = %(tier)s
WHERE sku.product_id = ANY(%(products)s) AND sku.is_active
GROUP BY sku.product_id
"""


def terms_of(member_id: int, sku_ids: Sequence[int], *, lifted_to: int | None = None) -> TierTerms | None:
    """Return what the member's tier means for an order of these SKUs now; ``None`` without tiers.

    With ``lifted_to`` at least that tier counts: the one of a card that is bought with the order. One
    statement; none while the shop runs without tiers.
    """
    if not tiers_enabled():
        return None
    today = clock.today()
    found = _current(
        _PRICES_AND_USED,
        member=member_id,
        skus=list(sku_ids),
        month=today.replace(day=1),
        now=clock.now(),
        lifted=lifted_to,
    )
    if found is None:
        return None
    tier, (prices, used) = found
    day = day_terms(tier, today)
    times = tier.free_shipping_times if tier.free_shipping == Tier.FreeShipping.MONTHLY else None
    left = None if times is None else max(0, times - (used or 0))
    return TierTerms(
        tier_id=tier.pk,
        name=tier.name,
        discount_permille=day.discount_permille,
        sku_prices=dict(prices),
        free_shipping=bool(left) if times is not None else tier.free_shipping == Tier.FreeShipping.ALWAYS,
        free_shipping_left=left,
        free_shipping_times=times,
        points_multiplier=day.points_permille,
        is_member_day=day.is_member_day,
    )


def current_tier(member_id: int) -> Tier | None:
    """Return the tier that counts for a member now, ``None`` without tiers. At most one statement."""
    if not tiers_enabled():
        return None
    found = _current("NULL", member=member_id, now=clock.now())
    return None if found is None else found[0]


def price_tier_of(member_id: int) -> int | None:
    """Return the member's tier if it lowers any price, else ``None``. At most one statement.

    Members whose tiers lower nothing share the kept pages of strangers.
    """
    if not tiers_enabled():
        return None
    found = _current(_HAS_PRICES, member=member_id, now=clock.now())
    if found is None:
        return None
    tier, (has_prices,) = found
    lowest = min(tier.discount_permille, day_terms(tier, clock.today()).discount_permille)
    return tier.pk if has_prices or lowest < FULL else None


def prices_for(tier_id: int, sku_ids: Sequence[int]) -> TierTerms | None:
    """Return today's prices of a tier for these SKUs, without anything of a member; two statements."""
    tier = Tier.objects.filter(pk=tier_id).first()
    if tier is None or not tiers_enabled():
        return None
    rows = SkuTierPrice.objects.filter(tier=tier, sku__in=sku_ids).values_list("sku", "price")
    prices = rows if sku_ids else ()
    permille = day_terms(tier, clock.today()).discount_permille
    return TierTerms(tier.pk, tier.name, discount_permille=permille, sku_prices=dict(prices))


def lowest_prices(tier_id: int, product_ids: Sequence[int]) -> dict[int, int]:
    """Return the lowest price of each product's SKUs today for a tier, in fen; two statements."""
    terms = prices_for(tier_id, ())
    if terms is None or not product_ids:
        return {}
    figures: dict[str, Any] = {
        "tier": tier_id,
        "permille": terms.discount_permille,
        "products": list(product_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOWEST, figures)
        return dict(cursor.fetchall())


def early_access_of(member_id: int) -> timedelta:
    """Return how long before everybody else activities open to a member. At most one statement."""
    tier = current_tier(member_id)
    return timedelta(minutes=0 if tier is None else tier.early_access_minutes)


def _current(extra: str, **figures: Any) -> tuple[Tier, tuple[Any, ...]] | None:
    fields = Tier._meta.concrete_fields
    columns = ", ".join(f"tier.{connection.ops.quote_name(str(item.column))}" for item in fields)
    with connection.cursor() as cursor:
        cursor.execute(_CURRENT.format(columns=columns, extra=extra), {"lifted": None, **figures})
        row = cursor.fetchone()
    if row is None:
        return None
    tier = Tier.from_db(connection.alias, [item.attname for item in fields], row[: len(fields)])
    return tier, row[len(fields) :]
