"""A member with points, as short sentences."""

import itertools
from datetime import datetime

from members.models import Member
from members.points.models import GrowthEntry, PointsAccount, PointsEntry, PointsLot, RewardRule
from members.points.queries import growth_balance, points_balance
from members.points.services import earn_points
from tests.members.shoppers import Browser, browser_of

_numbers = itertools.count(1)


class Saver:
    def __init__(self, member: Member) -> None:
        self.member = member
        self.phone: Browser = browser_of(member)

    @property
    def id(self) -> int:
        return int(self.member.pk)

    def given(self, amount: int, *, until: datetime | None = None) -> "Saver":
        """Give points that expire at ``until``."""
        reference = f"t{next(_numbers)}"
        earn_points(member_id=self.id, amount=amount, reason="gift", reference=reference, expires_at=until)
        return self

    @property
    def points(self) -> int:
        """What can be spent."""
        return points_balance(self.id)

    @property
    def booked(self) -> int:
        """What the ledger says."""
        return PointsAccount.objects.values_list("balance", flat=True).filter(pk=self.id).first() or 0

    @property
    def growth(self) -> int:
        return growth_balance(self.id)

    def lots(self) -> list[tuple[int, int, int]]:
        """Amount, left and expired of every lot, oldest first."""
        rows = PointsLot.objects.filter(member_id=self.id).order_by("pk")
        return list(rows.values_list("amount", "left", "expired"))

    def entries(self) -> list[tuple[str, int, int]]:
        """Reason, amount and balance after, oldest first."""
        rows = PointsEntry.objects.filter(account=self.id).order_by("pk")
        return list(rows.values_list("reason", "amount", "balance_after"))

    def growth_entries(self) -> list[tuple[str, int, int]]:
        rows = GrowthEntry.objects.filter(account=self.id).order_by("pk")
        return list(rows.values_list("reason", "amount", "balance_after"))


def rule(kind: str, **fields: int | bool | None) -> RewardRule:
    """Put a rule in force."""
    return RewardRule.objects.create(kind=kind, **fields)
