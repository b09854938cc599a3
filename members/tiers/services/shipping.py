"""Free freight some times a month: taken when an order is placed, given back when it closes.

The quota is one row with a CHECK. Lock order: after stock, before the wallet.
"""

from typing import Any

from django.db import connection

from members.tiers.models import FreeShippingUse
from shop.core import clock
from shop.core.clock import BEIJING

# The month's row decides and is locked; only who gets a place there leaves a row of their own.
_TAKE = """
WITH place AS (
    INSERT INTO members_freeshippingmonth AS month (member_id, month, used, allowed)
    SELECT %(member)s, %(month)s, 1, %(allowed)s WHERE %(allowed)s > 0
    ON CONFLICT (member_id, month) DO UPDATE
    SET used = month.used + 1, allowed = greatest(month.allowed, excluded.allowed)
    WHERE month.used < excluded.allowed
    RETURNING 1
)
INSERT INTO members_freeshippinguse (reference, member_id, month, created_at)
SELECT %(reference)s, %(member)s, %(month)s, %(now)s FROM place
RETURNING 1
"""
_RELEASE = """
WITH released AS (
    UPDATE members_freeshippinguse SET released_at = %(now)s
    WHERE reference = %(reference)s AND released_at IS NULL
    RETURNING member_id, month
)
UPDATE members_freeshippingmonth AS month SET used = month.used - 1
FROM released WHERE month.member_id = released.member_id AND month.month = released.month
"""
_TAKE_AGAIN = """
WITH place AS (
    UPDATE members_freeshippingmonth AS month SET used = month.used + 1
    FROM members_freeshippinguse AS former
    WHERE former.reference = %(reference)s AND former.released_at IS NOT NULL
      AND month.member_id = former.member_id AND month.month = former.month AND month.used < month.allowed
    RETURNING 1
)
UPDATE members_freeshippinguse SET released_at = NULL
WHERE reference = %(reference)s AND released_at IS NOT NULL AND EXISTS (SELECT 1 FROM place)
"""


def take_free_shipping(*, member_id: int, allowed: int, reference: str) -> bool:
    """Take one of this month's ``allowed`` free freights for an order; say whether there was one left.

    One statement in the caller's transaction; locks the member's month.
    """
    now = clock.now()
    figures: dict[str, Any] = {
        "member": member_id,
        "month": now.astimezone(BEIJING).date().replace(day=1),
        "allowed": allowed,
        "reference": reference,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, figures)
        return cursor.fetchone() is not None


def release_free_shipping(*, reference: str) -> None:
    """Give an order's free freight back to the month it was taken from; safe to repeat. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, {"reference": reference, "now": clock.now()})


def take_free_shipping_again(*, reference: str) -> bool:
    """Take back what a closed order released, because it is paid after all; say whether it has it now."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_AGAIN, {"reference": reference})
    return FreeShippingUse.objects.filter(reference=reference, released_at=None).exists()
