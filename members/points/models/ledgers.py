"""A member's points and growth, two ledgers. Points are spent and expire; growth only counts."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.accounts import MemberAccount
from members.points.wording import entry_title
from shop.core.ledger import (
    Ledger,
    LedgerEntry,
    entry_constraints,
    entry_indexes,
    floor_constraints,
)


class PointsAccount(MemberAccount):
    """Points, in lots (``PointsLot``) that sum up to the balance."""

    class Meta:
        verbose_name = _("points account")
        verbose_name_plural = _("points accounts")
        constraints = floor_constraints(0, "points")


class GrowthAccount(MemberAccount):
    """Growth: what the member's tier is counted by. Nobody spends it."""

    class Meta:
        verbose_name = _("growth account")
        verbose_name_plural = _("growth accounts")
        constraints = floor_constraints(0, "growth")


class PointsEntry(LedgerEntry):
    """One movement of points: order, sign_up, profile, gift … (+), spent (-), returned (+), expired (-)."""

    account = models.ForeignKey(
        PointsAccount,
        verbose_name=_("member"),
        on_delete=models.PROTECT,
        related_name="entries",
        db_index=False,
    )

    class Meta:
        verbose_name = _("points entry")
        verbose_name_plural = _("points entries")
        constraints = entry_constraints("points_entry")
        indexes = [
            *entry_indexes("points_entry"),
            models.Index(fields=["created_at"], name="points_entry_day"),
        ]

    def __str__(self) -> str:
        return entry_title(self.reason, self.reference)


class GrowthEntry(LedgerEntry):
    """One movement of growth: order, sign_up, profile, gift … (+), taken back (-)."""

    account = models.ForeignKey(
        GrowthAccount,
        verbose_name=_("member"),
        on_delete=models.PROTECT,
        related_name="entries",
        db_index=False,
    )

    class Meta:
        verbose_name = _("growth entry")
        verbose_name_plural = _("growth entries")
        constraints = entry_constraints("growth_entry")
        indexes = [
            *entry_indexes("growth_entry"),
            models.Index(fields=["created_at"], name="growth_entry_day"),
        ]

    def __str__(self) -> str:
        return entry_title(self.reason, self.reference)


POINTS = Ledger(PointsAccount, PointsEntry, "points")
GROWTH = Ledger(GrowthAccount, GrowthEntry, "growth")
