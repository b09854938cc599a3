"""Reads of the tiers room."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection

from members.tiers.benefits import day_terms
from members.tiers.models import Tier
from members.tiers.runtime import tiers_enabled
from members.tiers.terms import TierTerms
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
_PRICES_AND_USED = """(
    SELECT jsonb_object_agg(price.sku_id, price.price) FROM members_skutierprice AS price
    WHERE price.tier_id = tier.id AND price.sku_id = ANY(%(skus)s)
), (
    SELECT used.used FROM members_freeshippingmonth AS used
    WHERE used.member_id = %(member)s AND used.month = %(month)s
)"""


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
        sku_prices={int(sku): int(price) for sku, price in (prices or {}).items()},
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
