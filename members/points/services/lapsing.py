"""Points whose time is over leave; members hear of it before and after."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import QuerySet

from members.points.events import PointsExpired, PointsExpiring
from members.points.models import POINTS, PointsAccount, PointsLot
from shop.core import clock
from shop.core.db import claim_rows, in_transaction
from shop.core.ledger import Posting
from shop.core.outbox import publish_many
from shop.core.runtime import value

EXPIRED = "points_expired"
MEMBERS = 100
"""How many members one transaction serves."""


def lapse_lots(lots: Sequence[PointsLot]) -> None:
    """Take what is left in lots out of them and out of the ledger, and say so. The caller locks the accounts.

    One lot may lapse several times, because points come back to it; each time is an entry of its own.
    """
    if not lots:
        return
    POINTS.post_many(
        [Posting(lot.member_id, -lot.left, EXPIRED, f"lot:{lot.pk}:{lot.expired}") for lot in lots]
    )
    points: dict[int, int] = {}
    for lot in lots:
        points[lot.member_id] = points.get(lot.member_id, 0) + lot.left
        lot.expired, lot.left = lot.expired + lot.left, 0
    PointsLot.objects.bulk_update(lots, ["expired", "left"])
    publish_many([PointsExpired(member_id, points=amount) for member_id, amount in points.items()])


@in_transaction
def expire_batch() -> int:
    """Expire what is over for some members; return how many lots that were. Shares its work (SKIP LOCKED)."""
    over = PointsLot.objects.filter(left__gt=0, expires_at__lte=clock.now())
    lots = _lots_of_some_members(over)
    lapse_lots(lots)
    return len(lots)


@in_transaction
def announce_batch() -> int:
    """Tell some members what expires soon, once for each lot; return how many lots that were."""
    now = clock.now()
    until = now + timedelta(days=int(value("points_expiring_days")))
    soon = PointsLot.objects.filter(left__gt=0, expires_at__gt=now, expires_at__lte=until, is_noticed=False)
    lots = _lots_of_some_members(soon)
    by_member: dict[int, list[PointsLot]] = {}
    for lot in lots:
        by_member.setdefault(lot.member_id, []).append(lot)
    publish_many([_expiring(member_id, theirs) for member_id, theirs in by_member.items()])
    PointsLot.objects.filter(pk__in=[lot.pk for lot in lots]).update(is_noticed=True)
    return len(lots)


def _expiring(member_id: int, lots: Sequence[PointsLot]) -> PointsExpiring:
    first = min(lot.expires_at for lot in lots if lot.expires_at is not None)
    return PointsExpiring(member_id, points=sum(lot.left for lot in lots), expires_at=first.isoformat())


def _lots_of_some_members(lots: QuerySet[PointsLot]) -> list[PointsLot]:
    """Lock the accounts of the members whose lots come first, and return their lots as they are then."""
    first = list(lots.order_by("expires_at").values_list("member_id", flat=True)[:MEMBERS])
    held = claim_rows(PointsAccount.objects.filter(pk__in=set(first)).order_by("pk"), limit=MEMBERS)
    return list(lots.filter(member_id__in=[account.pk for account in held]).order_by("pk"))
