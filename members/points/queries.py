"""Reads for the API, the console and the floors above."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Min, Q, QuerySet, Sum

from members.points.models import (
    GrowthAccount,
    GrowthEntry,
    PendingReward,
    PointsEntry,
    PointsLot,
)
from shop.core import clock
from shop.core.runtime import value


@dataclass(frozen=True, slots=True)
class PointsView:
    """What a member can spend, what is on its way, and what expires next (``expiring`` points at a time)."""

    balance: int
    pending: int
    expiring: int
    expiring_at: datetime | None


@dataclass(frozen=True, slots=True)
class GrowthView:
    """A member's growth, and what is on its way."""

    balance: int
    pending: int


def points_balance(member_id: int) -> int:
    """Return the points that a member can spend now; what is over does not count, even before its job ran."""
    return _live(member_id).aggregate(sum=Sum("left"))["sum"] or 0


def growth_balance(member_id: int) -> int:
    """Return a member's growth."""
    return GrowthAccount.objects.filter(pk=member_id).values_list("balance", flat=True).first() or 0


def points_of(member_id: int) -> PointsView:
    """Return a member's points; two queries."""
    until = clock.now() + timedelta(days=int(value("points_expiring_days")))
    soon = Q(expires_at__lte=until)
    sums = _live(member_id).aggregate(
        all=Sum("left"), soon=Sum("left", filter=soon), first=Min("expires_at", filter=soon)
    )
    return PointsView(sums["all"] or 0, _pending(member_id)[0], sums["soon"] or 0, sums["first"])


def growth_of(member_id: int) -> GrowthView:
    """Return a member's growth; two queries."""
    return GrowthView(growth_balance(member_id), _pending(member_id)[1])


def points_entries_of(member_id: int) -> QuerySet[PointsEntry]:
    """Return the movements of a member's points."""
    return PointsEntry.objects.filter(account=member_id)


def growth_entries_of(member_id: int) -> QuerySet[GrowthEntry]:
    """Return the movements of a member's growth."""
    return GrowthEntry.objects.filter(account=member_id)


def pending_of(member_id: int) -> QuerySet[PendingReward]:
    """Return what a member's orders will earn, newest first."""
    return PendingReward.objects.filter(member_id=member_id, state=PendingReward.State.PENDING).order_by(
        "-pk"
    )


def _live(member_id: int) -> QuerySet[PointsLot]:
    live = Q(expires_at__isnull=True) | Q(expires_at__gt=clock.now())
    return PointsLot.objects.filter(live, member_id=member_id, left__gt=0)


def _pending(member_id: int) -> tuple[int, int]:
    sums = pending_of(member_id).aggregate(
        points=Sum(F("points") - F("points_reversed")), growth=Sum(F("growth") - F("growth_reversed"))
    )
    return sums["points"] or 0, sums["growth"] or 0
